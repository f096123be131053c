// Every test runs servers of its own; more than two at a time starve one another's deadlines on a small machine.
[assembly: Xunit.v3.Parallelization(MaxThreads = 2)]
