using BenchmarkDotNet.Attributes;
using Netcd.Engine.Scheduling;

namespace Netcd.Micro.Pieces;

/// <summary>How stages hand work to each other.</summary>
public class InboxBenchmarks
{
    private const int Items = 64;
    private readonly Inbox<object> inbox = new();
    private readonly object item = new();

    [Benchmark(Description = "an item put into an inbox and taken out, 64 at a time, one thread", OperationsPerInvoke = Items), Budget(30)]
    public int AddAndDrain()
    {
        for (int i = 0; i < Items; i++)
        {
            inbox.Add(item);
        }

        return inbox.Drain().Count;
    }
}
