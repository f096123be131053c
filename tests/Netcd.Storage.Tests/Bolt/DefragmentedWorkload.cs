using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>What happens between the commits of a workload: a few steps of a defragmentation, readers that come and go.</summary>
internal sealed class DefragmentedWorkload(int seed) : IDisposable
{
    private readonly Random random = new(seed);
    private readonly List<(BoltReadTransaction Read, BoltModel Model)> held = [];
    private BoltDefragmentation? run;

    public int Finished { get; private set; }

    /// <summary>A turn; what is open on the database then is returned, to be ended before it is closed.</summary>
    public IDisposable Between(BoltDatabase database, BoltModel model)
    {
        if (random.Next(6) == 0 && held.Count < 3)
        {
            held.Add((database.BeginRead(), model));
        }

        if (random.Next(3) == 0 && held.Count > 0)
        {
            int at = random.Next(held.Count);
            RequireUnchanged(held[at].Read, held[at].Model);
            held[at].Read.Dispose();
            held.RemoveAt(at);
        }

        if (random.Next(3) > 0)
        {
            Steps(database, model, random.Next(1, 12));
        }

        return this;
    }

    public void Dispose()
    {
        run?.End();
        run = null;
        foreach ((BoltReadTransaction read, BoltModel model) in held)
        {
            RequireUnchanged(read, model);
            read.Dispose();
        }

        held.Clear();
    }

    private void Steps(BoltDatabase database, BoltModel model, int count)
    {
        BoltDefragmentationOptions options = new() { PagesPerStep = random.Next(8, 40), LooksPerStep = random.Next(4, 50) };
        for (int i = 0; i < count; i++)
        {
            run ??= database.BeginDefragmentation(options);
            if (run.Step() is BoltDefragmentationStep.Done or BoltDefragmentationStep.Waits || random.Next(60) == 0)
            {
                Finished++;
                run.End();
                run = null;
                break;
            }
        }

        using BoltReadTransaction read = database.BeginRead();
        Assert.Null(model.DifferenceTo(read));
        BoltCheckReport report = read.Check();
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal(report.FreePages * database.PageSize, read.FreeBytes);
    }

    private static void RequireUnchanged(BoltReadTransaction read, BoltModel model)
    {
        Assert.Null(model.DifferenceTo(read));
        using MemoryStream copy = new();
        read.CopyTo(copy);
        Assert.Equal(read.SizeBytes, copy.Length);
    }
}
