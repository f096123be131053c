using Microsoft.Extensions.Logging;
using Netcd.Storage.Bolt;

namespace Netcd.Engine.Backend;

/// <summary>A defragmentation of the backend's file from its beginning to its end, with what is logged of it.</summary>
internal sealed class BackendDefragmentation
{
    private readonly BoltDefragmentation run;
    private readonly ILogger log;
    private readonly long sizeBytes;
    private readonly long inUseBytes;
    private int waits;

    public BackendDefragmentation(BackendFile file, ILogger log)
    {
        File = file;
        this.log = log;
        run = file.BeginDefragmentation();
        (sizeBytes, inUseBytes) = (file.SizeBytes, file.SizeInUseBytes);
        log.Defragmenting(file.Path, sizeBytes, new ByteCount(sizeBytes), inUseBytes, new ByteCount(inUseBytes));
    }

    /// <summary>The file that it works on.</summary>
    public BackendFile File { get; }

    /// <summary>Bytes that were moved so far.</summary>
    public long MovedBytes => run.PagesWritten * File.PageSize;

    /// <summary>Bytes that a pass has to move at the most: what is used, and no more than there is room for further down.</summary>
    public long MostBytes => Math.Min(inUseBytes, sizeBytes - inUseBytes);

    /// <summary>By how much the file is smaller than it was; 0 where writes have made it grow meanwhile.</summary>
    public long ReclaimedBytes => Math.Max(0, sizeBytes - File.SizeBytes);

    /// <summary>Does a step. Where it finds no room to move anything to again and again, as older states are read, it is done: what
    /// it gained stays, and the file becomes shorter when these are gone.</summary>
    public BoltDefragmentationStep Step()
    {
        BoltDefragmentationStep step = File.Step(run);
        waits = step == BoltDefragmentationStep.Waits ? waits + 1 : 0;
        return waits > Limits.DefragmentationWaits ? BoltDefragmentationStep.Done : step;
    }

    /// <summary>Does all steps at once: nobody else is there yet.</summary>
    public void RunToEnd()
    {
        while (Step() != BoltDefragmentationStep.Done)
        {
        }

        ReportEnd(null);
    }

    public void ReportEnd(TimeSpan? took)
    {
        (long size, long inUse) = (File.SizeBytes, File.SizeInUseBytes);
        log.FinishedDefragmentingDirectory(
            File.Path, size - sizeBytes, size, new ByteCount(size), inUse - inUseBytes, inUse, new ByteCount(inUse), took,
            MovedBytes);
    }

    /// <summary>Ends it, done or not: what it gained stays.</summary>
    public void End() => run.End();
}
