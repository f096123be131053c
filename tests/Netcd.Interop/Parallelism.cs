// Every test runs servers of its own, and most of its time waits for elections and timeouts; more than three at a time starve one
// another's deadlines on a machine with two cores.
[assembly: Xunit.v3.Parallelization(MaxThreads = 3)]
