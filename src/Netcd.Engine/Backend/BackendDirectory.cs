using System.Globalization;
using Netcd.Raft;
using Netcd.Storage.Disk;

namespace Netcd.Engine.Backend;

/// <summary>
/// The backend's file of a member, <c>db</c> in its snapshot directory, and the images received that may take its place:
/// etcd names them after the index, <c>INDEX.snap.db</c>.
/// </summary>
internal sealed class BackendDirectory : IDisposable
{
    /// <summary>What the database is called while a restore makes it: the directory is not that of a member yet.</summary>
    public const string RestoringName = "db.restoring";

    private const string ImageSuffix = ".snap.db";

    private readonly IDisk disk;
    private readonly string directory;
    private readonly Lock gate = new();
    private BackendFile file;

    public BackendDirectory(IDisk disk, string directory)
    {
        this.disk = disk;
        this.directory = directory;
        file = BackendFile.Open(disk, DatabasePath);
    }

    /// <summary>The file in use; for any thread.</summary>
    public BackendFile File => Volatile.Read(ref file);

    private string DatabasePath => Path.Combine(directory, "db");

    /// <summary>Where an image is written while it comes in; removed at the next start.</summary>
    public string TemporaryPath(long number) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"tmp{number}"));

    /// <summary>Where the image of a snapshot lies once it is complete and durable.</summary>
    public string ImagePath(ulong index) => Path.Combine(directory, index.ToString("x16", CultureInfo.InvariantCulture) + ImageSuffix);

    /// <summary>Whether the image of the snapshot at that index is there.</summary>
    public bool HasImage(ulong index) => disk.FileExists(ImagePath(index));

    /// <summary>Makes a complete image durable under its name.</summary>
    public void Adopt(string temporary, ulong index)
    {
        // Another image of the same snapshot must not slip in while the first one is being opened.
        lock (gate)
        {
            disk.Rename(temporary, ImagePath(index));
            disk.FlushDirectory(directory);
        }
    }

    /// <summary>
    /// Puts the image of a snapshot in the place of the file, at once and durably: a crash leaves either. Who reads from the
    /// old file goes on doing so.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no such image, or it is damaged.</exception>
    public BackendFile ReplaceByReceived(SnapshotMetadata metadata)
    {
        lock (gate)
        {
            return Replace(metadata.Index, metadata.Term, metadata.ConfState);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>Closes the file as it is: a start that fails leaves the data directory as it found it.</summary>
    public void Abandon() => file.Abandon();

    private BackendFile Replace(ulong index, ulong term, ConfState confState)
    {
        if (!HasImage(index))
        {
            throw new InvalidDataException($"the image of the snapshot at index {index} is missing: {ImagePath(index)}");
        }

        // Opened before it is renamed: an image that cannot be read must not take the place of a file that can.
        BackendFile received = BackendFile.Open(disk, ImagePath(index));
        try
        {
            received.Commit(new BackendBatch
            {
                Changes = [new BucketChange(Schema.Meta.ToArray(), Schema.ConfState.ToArray(), ConfStateJson.Encode(confState))],
                ConsistentIndex = index,
                Term = term,
            });
            disk.Rename(ImagePath(index), DatabasePath);
            disk.FlushDirectory(directory);
        }
        catch
        {
            received.Dispose();
            throw;
        }

        BackendFile previous = file;
        Volatile.Write(ref file, received);
        previous.Abandon();
        return received;
    }
}
