// Every test runs servers of its own; more than two at a time starve one another's deadlines on a small machine.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
