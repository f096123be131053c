using Netcd.Client.Maintenance;
using Netcd.Tools.Output;

namespace Netcd.Tools.Ctl;

/// <summary>Shows what has come of a snapshot.</summary>
internal sealed class SnapshotWatcher(ProgressLine line, string doing) : IProgress<SnapshotProgress>
{
    public void Report(SnapshotProgress value) => line.Report(doing, value.Bytes, value.Bytes + value.Remaining);
}
