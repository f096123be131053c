using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Storage.Tests.Wal;

/// <summary>
/// A run of a log on a simulated disk that remembers what the log said after each record, and how many records were
/// acknowledged at each point of the disk's own history; so each image of a crash can be judged.
/// </summary>
internal sealed class CrashWorkload
{
    private static readonly byte[] OneVoter = [0x08, 0x01, 0x28, 0x00];

    private readonly SimulatedDisk medium = new();
    private readonly List<State> states = [new([], default, 1)];
    private readonly List<(int Operations, int Records)> acknowledged = [];
    private readonly Random random;
    private readonly List<ulong> entries = [];
    private readonly List<ulong> terms = [];
    private WalHardState hardState;
    private int markers = 1;
    private ulong released;

    private CrashWorkload(int seed) => random = new Random(seed);

    public SimulatedDisk Medium => medium;

    public static CrashWorkload Run(int seed, int batches, Func<SimulatedDisk, IDisk> seenAs)
    {
        CrashWorkload run = new(seed);
        IDisk disk = seenAs(run.medium);
        WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, WalFiles.Small);
        run.Acknowledge();
        for (int batch = 0; batch < batches; batch++)
        {
            if (run.random.Next(15) == 0)
            {
                log.Dispose();
                log = WriteAheadLog.Open(disk, WalFiles.Directory, run.OpenAt(), out _, WalFiles.Small);
            }

            run.Batch(log);
        }

        log.Dispose();
        return run;
    }

    /// <summary>What is wrong with an image of a crash after so many operations of the medium; null where nothing is.</summary>
    public string? Judge(SimulatedDisk image, int operations, bool goOn)
    {
        int least = acknowledged.FindLast(a => a.Operations <= operations).Records;
        int next = acknowledged.FindIndex(a => a.Operations > operations);
        int most = next < 0 ? states.Count - 1 : acknowledged[next].Records;
        if (!WriteAheadLog.Exists(image, WalFiles.Directory))
        {
            return operations < acknowledged[0].Operations ? null : "the log is gone";
        }

        try
        {
            IReadOnlyList<WalMarker> valid = WriteAheadLog.ReadMarkers(image, WalFiles.Directory);
            string? fault;
            ulong last;
            WalMarker from = valid[^1];
            // Expected rightly or wrongly: what is read must not hang on it.
            WalMarker expected = valid[operations % valid.Count];
            using (WriteAheadLog log = WriteAheadLog.OpenAtChoice(
                image, WalFiles.Directory, expected, static markers => markers[^1], out WalContent content, WalFiles.Small))
            {
                fault = Compare(content, from, least, most);
                last = log.LastIndex;
                if (fault is null && goOn)
                {
                    log.AppendEntry(0, 1000, log.LastIndex + 1, WalFiles.Bytes(700, 1));
                    log.Flush();
                }
            }

            return fault is null && goOn ? JudgeAgain(image, from, last, least, most) : fault;
        }
        catch (IOException failure)
        {
            return failure.Message;
        }
    }

    // Life goes on after a repair, and a crash within the repair is no worse than the first.
    private string? JudgeAgain(SimulatedDisk image, WalMarker from, ulong last, int least, int most)
    {
        WalContent after = WalFiles.ReadAll(image.Crash(new() { Fate = UnflushedFate.Dropped }), from);
        if (after.Entries[^1].Index != last + 1 || after.Entries[^1].Term != 1000)
        {
            return "an entry appended after the repair is gone";
        }

        for (int operations = 0; operations <= image.OperationCount; operations++)
        {
            SimulatedDisk second = image.Crash(new() { Operations = operations, Seed = (ulong)operations });
            WalContent content = WalFiles.ReadAll(second, from);
            WalContent without = content.Entries is [.., { Term: 1000 }] ? Without(content) : content;
            if (Compare(without, from, least, most) is { } fault)
            {
                return "after a crash while repairing: " + fault;
            }
        }

        return null;
    }

    private static WalContent Without(WalContent content) => new()
    {
        Metadata = content.Metadata,
        HardState = content.HardState,
        Entries = [.. content.Entries.SkipLast(1)],
        Markers = content.Markers,
    };

    private string? Compare(WalContent content, WalMarker from, int least, int most)
    {
        ulong[] found = [.. content.Entries.Select(Hash)];
        for (int records = least; records <= most; records++)
        {
            State state = states[records];
            if (state.HardState == content.HardState && (ulong)state.Entries.Length >= from.Index
                && state.Entries.AsSpan((int)from.Index).SequenceEqual(found))
            {
                return null;
            }
        }

        return $"{found.Length} entries after {from.Index} and {content.HardState} are no state between {least} and {most} records "
            + $"(acknowledged: {states[least].Entries.Length} entries, {states[least].HardState})";
    }

    private void Batch(WriteAheadLog log)
    {
        ulong term = Math.Max(1, hardState.Term);
        if (random.Next(8) == 0 && entries.Count > (int)hardState.Commit)
        {
            int keep = random.Next((int)hardState.Commit, entries.Count);
            term++;
            AppendEntry(log, keep, term);
        }

        for (int i = random.Next(3); i >= 0; i--)
        {
            AppendEntry(log, entries.Count, term);
        }

        hardState = new WalHardState(term, 9, (ulong)random.Next((int)hardState.Commit, entries.Count + 1));
        log.AppendHardState(hardState);
        Remember();
        bool mark = random.Next(25) == 0 && hardState.Commit > 0;
        if (mark)
        {
            log.AppendMarker(new WalMarker(hardState.Commit, terms[(int)hardState.Commit - 1], OneVoter));
            markers++;
            Remember();
        }

        log.Flush();
        Acknowledge();
        if (mark)
        {
            released = hardState.Commit;
            log.ReleaseTo(released);
            log.Purge(3);
        }
        else if (random.Next(6) == 0)
        {
            log.PrepareNextSegment();
        }
    }

    private void AppendEntry(WriteAheadLog log, int position, ulong term)
    {
        int length = random.Next(5) == 0 ? random.Next(1500) : random.Next(90);
        // Zeros are what a lost sector reads as: data full of them must not confuse the repair.
        byte[] data = random.Next(3) == 0 ? new byte[length] : WalFiles.Bytes(length, random.Next());
        WalEntry entry = new(0, term, (ulong)position + 1, data);
        log.AppendEntry(0, term, entry.Index, data);
        entries.RemoveRange(position, entries.Count - position);
        entries.Add(Hash(entry));
        terms.RemoveRange(position, terms.Count - position);
        terms.Add(term);
        Remember();
    }

    private WalMarker OpenAt() => WriteAheadLog.ReadMarkers(medium, WalFiles.Directory)[^1];

    private void Remember() => states.Add(new State([.. entries], hardState, markers));

    private void Acknowledge() => acknowledged.Add((medium.OperationCount, states.Count - 1));

    private static ulong Hash(WalEntry entry) =>
        ((ulong)Crc32C.Append(0, entry.Data.Span) << 32)
            ^ (entry.Term * 0x9E3779B97F4A7C15) ^ (entry.Index << 8) ^ (ulong)entry.Data.Length;

    private sealed record State(ulong[] Entries, WalHardState HardState, int Markers);
}
