using Netcd.Engine.Backend;
using Netcd.Raft;

namespace Netcd.Engine.Tests.Backend;

public sealed class BackendDirectoryTests
{
    private const string Folder = "/snap";
    private const ulong SnapshotIndex = 10;

    [Fact]
    public void An_image_that_took_the_backends_place_just_before_the_process_was_killed_outlasts_a_power_failure()
    {
        SimulatedDisk disk = new(keepLog: false);
        disk.CreateDirectory(Folder);
        BackendDirectory killed = new(disk, Folder);
        string received = killed.TemporaryPath(1);
        using (BackendFile image = BackendFile.Open(disk, received))
        {
            image.Commit(new BackendBatch { ConsistentIndex = SnapshotIndex, Term = 2 });
        }

        killed.Adopt(received, SnapshotIndex);
        bool isRenamed = false;
        disk.Fault = operation =>
        {
            isRenamed |= operation.Kind == SimulatedDiskOperationKind.Rename;
            return isRenamed && operation.Kind != SimulatedDiskOperationKind.Rename ? new ProcessEndedException() : null;
        };
        Assert.Throws<ProcessEndedException>(
            () => killed.ReplaceByReceived(new SnapshotMetadata { Index = SnapshotIndex, Term = 2, ConfState = ConfState.Empty }));
        killed.Abandon();
        disk.Fault = null;
        disk.EndProcess();

        BackendDirectory successor = new(disk, Folder);
        Assert.Equal(SnapshotIndex, IndexOf(successor));
        successor.File.Commit(new BackendBatch { ConsistentIndex = SnapshotIndex + 1, Term = 2 });
        successor.Abandon();
        using BackendDirectory last = new(disk.Crash(new SimulatedDiskCrash { Fate = UnflushedFate.Dropped }), Folder);
        Assert.Equal(SnapshotIndex + 1, IndexOf(last));
    }

    private static ulong IndexOf(BackendDirectory holder)
    {
        BackendView view = holder.File.OpenView();
        ulong index = BackendPosition.Read(view).Index;
        view.Release();
        return index;
    }
}
