using System.Diagnostics;

namespace Netcd.Fuzzing;

/// <summary>Feeds a target until its time or its number of inputs is over, or an input shows a fault.</summary>
internal sealed class Fuzzer(IFuzzTarget target)
{
    /// <summary>An input takes milliseconds; what takes so long does not come to an end, or grows faster than its input.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(10);

    /// <summary>What an input may have allocated in all: a length that lies must not be believed.</summary>
    private const long MostAllocated = 256L << 20;

    /// <summary>Inputs that were tried.</summary>
    public long Inputs { get; private set; }

    /// <summary>Of them, those that were accepted.</summary>
    public long Accepted { get; private set; }

    /// <summary>Tries what the corpus keeps, and the valid inputs.</summary>
    public Finding? RunCorpus()
    {
        foreach (byte[] input in target.Seeds.Concat(Corpus.Of(target.Name)))
        {
            if (Try(input) is { } finding)
            {
                return finding;
            }
        }

        return null;
    }

    /// <summary>Tries made inputs.</summary>
    /// <param name="seed">Decides on all of them.</param>
    /// <param name="isOver">Asked before each with the number tried.</param>
    public Finding? Run(int seed, Func<long, bool> isOver)
    {
        Mutator mutator = new(seed, [.. target.Seeds, .. Corpus.Of(target.Name)], target.Words);
        while (!isOver(Inputs))
        {
            if (Try(mutator.Next()) is { } finding)
            {
                return finding;
            }
        }

        return null;
    }

    /// <summary>Tries one input.</summary>
    public Finding? Try(byte[] input)
    {
        Inputs++;
        using Timer watchdog = new(
            _ => Environment.FailFast(new Finding(target.Name, input, "no end within a minute").ToString()),
            null,
            60_000,
            Timeout.Infinite);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            Accepted += target.Run(input) == Verdict.Accepted ? 1 : 0;
        }
        catch (Exception failure)
        {
            return new Finding(target.Name, input, failure.ToString());
        }

        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return watch.Elapsed > Slow ? new Finding(target.Name, input, $"took {watch.Elapsed}")
            : allocated > MostAllocated ? new Finding(target.Name, input, $"allocated {allocated} bytes")
            : null;
    }
}
