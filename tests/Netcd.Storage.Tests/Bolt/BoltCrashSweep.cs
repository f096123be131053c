using Netcd.Storage.Bolt;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>Runs a workload, cuts the power at every operation of the disk, and looks at what each image holds.</summary>
internal sealed class BoltCrashSweep(int seed, BoltOptions options)
{
    private const string DatabasePath = "/data/db";

    /// <summary>The states in the order in which they were acknowledged, and the operations done by then.</summary>
    private readonly List<(int Operations, BoltModel Model)> acknowledged = [];

    private readonly SimulatedDisk disk = new();

    public int Images { get; private set; }

    public int Operations => disk.OperationCount;

    public List<string> Violations { get; } = [];

    public void RunWorkload(int commits, Func<IDisk, IDisk>? wrap = null) => RunWorkload(commits, wrap, static (_, _) => null);

    /// <summary>The same with defragmentations, a few steps at a time between the commits, and with readers who stay.</summary>
    /// <returns>How often the file became shorter.</returns>
    public int RunDefragmentedWorkload(int commits)
    {
        DefragmentedWorkload steps = new(seed);
        RunWorkload(commits, null, steps.Between);
        return Shortened();
    }

    private void RunWorkload(int commits, Func<IDisk, IDisk>? wrap, Func<BoltDatabase, BoltModel, IDisposable?> between)
    {
        disk.CreateDirectory("/data");
        IDisk used = wrap?.Invoke(disk) ?? disk;
        BoltModel model = new();
        acknowledged.Add((0, model));
        BoltWorkload workload = new(seed, keySpace: 150, bucketCount: 3, largest: 3000);
        BoltDatabase database = BoltDatabase.Open(used, DatabasePath, options);
        for (int i = 0; i < commits; i++)
        {
            BoltModel next = model.Clone();
            using (BoltWriteTransaction transaction = database.BeginWrite())
            {
                workload.Apply(transaction, next, workload.Random.Next(1, 20));
                if (workload.Random.Next(8) > 0)
                {
                    transaction.Commit();
                    model = next;
                    acknowledged.Add((disk.OperationCount, model));
                }
            }

            IDisposable? open = between(database, model);
            if (workload.Random.Next(15) == 0)
            {
                open?.Dispose();
                database.Dispose();
                database = BoltDatabase.Open(used, DatabasePath, options);
            }
        }

        database.Dispose();
    }

    /// <summary>Draws images at each operation: whole, torn at places in and between sectors, with random subsets lost.</summary>
    public void CutEverywhere(int imagesAnOperation, int maxViolations = 20)
    {
        Random random = new(seed);
        for (int at = 1; at <= disk.OperationCount && Violations.Count < maxViolations; at++)
        {
            SimulatedDiskOperation last = disk.Log[at - 1];
            for (int i = 0; i < imagesAnOperation; i++)
            {
                int? torn = last.Kind != SimulatedDiskOperationKind.Write || i % 3 == 0 ? null
                    : i % 3 == 1 ? random.Next(last.Data.Length / 512 + 1) * 512
                    : random.Next(last.Data.Length + 1);
                SimulatedDiskCrash crash = new()
                {
                    Operations = at,
                    TornBytes = torn is { } bytes ? Math.Min(bytes, last.Data.Length) : null,
                    Fate = i switch { 0 => UnflushedFate.Dropped, 1 => UnflushedFate.Kept, _ => UnflushedFate.Random },
                    Seed = ((ulong)seed << 40) + ((ulong)at << 16) + (ulong)i,
                };
                Images++;
                if (Examine(disk.Crash(crash), at, writeOn: i % 8 == 0) is { } problem)
                {
                    Violations.Add($"{crash} after {last}: {problem}");
                }
            }
        }
    }

    private int Shortened()
    {
        long length = 0;
        int count = 0;
        foreach (SimulatedDiskOperation operation in disk.Log)
        {
            if (operation.Kind == SimulatedDiskOperationKind.SetLength)
            {
                count += operation.Length < length ? 1 : 0;
                length = operation.Length;
            }
        }

        return count;
    }

    private string? Examine(SimulatedDisk image, int at, bool writeOn)
    {
        int newest = acknowledged.FindLastIndex(a => a.Operations <= at);
        try
        {
            using BoltDatabase database = BoltDatabase.Open(image, DatabasePath, options);
            using (BoltReadTransaction read = database.BeginRead())
            {
                if (read.Check() is { IsClean: false } report)
                {
                    return report.ToString();
                }

                string? difference = acknowledged[newest].Model.DifferenceTo(read);
                if (difference is not null
                    && (newest + 1 == acknowledged.Count || acknowledged[newest + 1].Model.DifferenceTo(read) is not null))
                {
                    return difference;
                }
            }

            if (writeOn)
            {
                using BoltWriteTransaction write = database.BeginWrite();
                write.CreateBucketIfNotExists("after"u8).Put("k"u8, new byte[5000]);
                write.Commit();
                BoltDefragmentation run = database.BeginDefragmentation(new BoltDefragmentationOptions());
                for (int i = 0; i < 500 && run.Step() is not (BoltDefragmentationStep.Done or BoltDefragmentationStep.Waits); i++)
                {
                }

                using BoltReadTransaction read = database.BeginRead();
                return read.Check() is { IsClean: false } later ? later.ToString() : null;
            }

            return null;
        }
        catch (BoltFormatException damage)
        {
            return damage.Message;
        }
    }
}
