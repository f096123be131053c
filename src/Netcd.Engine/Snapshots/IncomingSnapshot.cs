using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Raft;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Snapshots;

/// <summary>
/// A snapshot that a peer sends: its image is written as it comes in, and raft is given its message when all of it is on the disk.
/// Not for concurrent use.
/// </summary>
/// <remarks>
/// <para>What a snapshot goes through at its receiver, and what a start makes of it after a crash in each state:</para>
/// <list type="number">
/// <item><b>arriving</b>: the image grows in <c>tmpN</c> (<see cref="Write"/>). A start removes it.</item>
/// <item><b>adopted</b>: flushed, read whole (<see cref="ImageCheck"/>) and renamed to <c>INDEX.snap.db</c> (<see cref="Complete"/>,
/// <see cref="BackendDirectory.Adopt"/>); the message is on its way to raft. A start does not look at an image without a snapshot.</item>
/// <item><b>logged</b>: raft has taken the snapshot into its log, and the log stage has written the snapshot's file and its marker
/// (<see cref="SnapshotKeeper.Receive"/>). From here on the member stands at the snapshot: a start puts the image in the backend's
/// place. Raft's answers to the leader are held back.</item>
/// <item><b>opened</b>: the apply stage has stopped committing the old state, the backend stage has renamed the image to <c>db</c> and
/// restored the tables from it (<see cref="BackendDirectory.ReplaceByReceived"/>). A start finds a backend that is at the snapshot.</item>
/// <item><b>installed</b>: the apply stage has switched to the new state, watches catch up in it, and the answers are let go: the leader
/// sends what comes behind the snapshot.</item>
/// </list>
/// <para>
/// At the sender it is one call: a read handle on the backend (<see cref="SnapshotImage"/>) that is copied into the request's body, and a
/// report to raft how that ended, after which raft probes the follower again. While one is on its way the leader drops nothing of its log.
/// </para>
/// </remarks>
public sealed class IncomingSnapshot : IDisposable
{
    private readonly IDisk disk;
    private readonly BackendDirectory backend;
    private readonly Message message;
    private readonly Action<Message> deliver;
    private readonly HashSeed seed;
    private readonly string path;
    private IDiskFile? file;
    private long length;
    private bool isAdopted;

    internal IncomingSnapshot(IDisk disk, BackendDirectory backend, HashSeed seed, long number, Message message, Action<Message> deliver)
    {
        this.disk = disk;
        this.backend = backend;
        this.seed = seed;
        this.message = message;
        this.deliver = deliver;
        path = backend.TemporaryPath(number);
        file = disk.Open(path, DiskOpenMode.CreateNew);
    }

    /// <summary>Writes the next bytes of the image.</summary>
    /// <exception cref="IOException">The disk is full or refuses.</exception>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        IDiskFile open = file ?? throw new InvalidOperationException("the snapshot is complete");
        open.WriteAt(length, bytes);
        length += bytes.Length;
    }

    /// <summary>
    /// The image is complete: makes it durable and hands the message to raft. An image that is not sound is deleted, and raft
    /// does not hear of it: once it has taken the snapshot, the member could not go on without the image. All of it is read, which takes
    /// seconds for a large one.
    /// </summary>
    /// <exception cref="IOException">The disk is full or refuses.</exception>
    /// <exception cref="InvalidDataException">The image is not a backend, is damaged, or not all of it came.</exception>
    public void Complete()
    {
        IDiskFile open = file ?? throw new InvalidOperationException("the snapshot is complete");
        open.Flush();
        open.Dispose();
        file = null;
        ImageCheck.Check(disk, path, seed);
        backend.Adopt(path, message.Snapshot!.Metadata.Index);
        isAdopted = true;
        deliver(message);
    }

    /// <summary>Gives up what was not handed over: nothing of it is left.</summary>
    public void Dispose()
    {
        file?.Dispose();
        file = null;
        if (!isAdopted)
        {
            isAdopted = true;
            disk.Delete(path);
        }
    }
}
