using Netcd.Engine.Backend;
using Netcd.Engine.Hashing;
using Netcd.Raft;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Snapshots;

/// <summary>
/// A snapshot that a peer sends: its image is written as it comes in, and raft hears of it when all of it is on the disk.
/// Not for concurrent use.
/// </summary>
public sealed class IncomingSnapshot : IDisposable
{
    private readonly IDisk disk;
    private readonly BackendHolder backend;
    private readonly Message message;
    private readonly Action<Message> deliver;
    private readonly HashSeed seed;
    private readonly string path;
    private IDiskFile? file;
    private long length;
    private bool isAdopted;

    internal IncomingSnapshot(IDisk disk, BackendHolder backend, HashSeed seed, long number, Message message, Action<Message> deliver)
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
    /// <exception cref="InvalidDataException">The image is no backend, is damaged, or not all of it came.</exception>
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
