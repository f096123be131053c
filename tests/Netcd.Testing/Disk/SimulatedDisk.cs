using Netcd.Storage.Disk;

namespace Netcd.Testing.Disk;

/// <summary>
/// A disk in memory that forgets what was not flushed: it keeps a log of all that was done to it and draws from it images
/// of what a crash at any point could leave. Errors, a full disk and rotten bits can be planted. Deterministic by seed.
/// </summary>
/// <remarks>
/// Safe for use from many threads. A file's length counts as content: it is lost with the write or the change of length
/// that made it unless the file was flushed. A new, renamed or deleted name is lost unless its directory was flushed
/// (a rename from one directory to another: the new name's). A file is at most 2 GiB.
/// </remarks>
public sealed class SimulatedDisk : IDisk
{
    private const int InputOutputError = 5;

    private readonly Dictionary<string, int> names;
    private readonly HashSet<string> directories;
    private readonly Dictionary<int, SimulatedDiskContent> contents;
    private readonly List<SimulatedDiskOperation>? log;
    private SimulatedDiskDurable? durable;
    private SimulatedDiskDurable.Start? start;
    private int replayed;
    private int nextFileId;
    private int writesUntilFailure = -1;
    private int flushesUntilFailure = -1;

    /// <summary>An empty disk with the root directory alone.</summary>
    /// <param name="keepLog">Whether to keep every operation, so that a crash at any past one can be drawn. Without it a
    /// crash can only be drawn as of now, and memory use stays near twice the size of the files.</param>
    public SimulatedDisk(bool keepLog = true)
        : this(new(StringComparer.Ordinal), new(StringComparer.Ordinal), [], keepLog)
    {
    }

    internal SimulatedDisk(
        Dictionary<string, int> names, HashSet<string> directories, Dictionary<int, SimulatedDiskContent> contents, bool keepLog = true)
    {
        this.names = names;
        this.directories = directories;
        this.contents = contents;
        nextFileId = names.Count == 0 ? 0 : names.Values.Max() + 1;
        if (keepLog)
        {
            log = [];
        }
        else
        {
            durable = new SimulatedDiskDurable(new SimulatedDiskDurable.Start(names, directories, contents));
        }
    }

    /// <summary>Asked before each operation: an exception that it returns is thrown and the operation is not done.</summary>
    /// <remarks>Called under the disk's lock: it must not use the disk.</remarks>
    public Func<SimulatedDiskOperation, IOException?>? Fault { get; set; }

    /// <summary>Room for the files' bytes; null is without limit. Beyond it writes and reservations raise <see cref="DiskFullException"/>,
    /// a write after having written what fits.</summary>
    public long? CapacityBytes { get; set; }

    /// <summary>The bytes that count against <see cref="CapacityBytes"/>.</summary>
    public long AllocatedBytes
    {
        get
        {
            lock (contents)
            {
                return contents.Values.Sum(static c => c.AllocatedBytes);
            }
        }
    }

    /// <summary>How many operations the log holds.</summary>
    public int OperationCount => log?.Count ?? 0;

    /// <summary>What was done, in order, since the disk was made. Empty where no log is kept.</summary>
    public IReadOnlyList<SimulatedDiskOperation> Log => log ?? [];

    /// <summary>Makes the n-th write from now on (0 is the next) fail with EIO, once.</summary>
    public void FailWriteAfter(int writes) => writesUntilFailure = writes;

    /// <summary>Makes the n-th flush of a file from now on (0 is the next) fail with EIO, once; what it should have made
    /// durable may then be lost whatever is flushed later.</summary>
    public void FailFlushAfter(int flushes) => flushesUntilFailure = flushes;

    /// <summary>Asked before each read of an open file, by its path: an exception that it returns is thrown. Mappings do not ask.</summary>
    public Func<string, IOException?>? ReadFault { get; set; }

    /// <summary>
    /// The process that uses the disk is gone, the machine goes on: locks are let go, open files and mappings are of no use any
    /// more, and what was written without a flush is still there, but no safer than before.
    /// </summary>
    public void EndProcess()
    {
        lock (contents)
        {
            Process++;
            foreach (SimulatedDiskContent content in contents.Values)
            {
                content.Abandon();
            }
        }
    }

    /// <summary>Counts the processes that have used the disk; an open file is of use to the one that opened it.</summary>
    internal int Process { get; private set; }

    /// <summary>Flips bits of a stored byte.</summary>
    public void FlipBits(string path, long offset, byte mask)
    {
        lock (contents)
        {
            SimulatedDiskOperation operation = new(SimulatedDiskOperationKind.FlipBits, path)
            {
                FileId = Find(path),
                Offset = offset,
                Data = new[] { mask },
            };
            Record(operation);
            SimulatedDiskDurable.FlipIn(contents[operation.FileId], operation);
        }
    }

    /// <summary>Draws what is on the medium after the power went. This disk is not changed; the image is one of its own,
    /// with nothing open or locked on it. It keeps a log where this one does.</summary>
    /// <remarks>Images of later and later points of the log are cheap: the log is replayed once, not for each.</remarks>
    /// <exception cref="InvalidOperationException">A past point is asked of a disk that keeps no log.</exception>
    public SimulatedDisk Crash(SimulatedDiskCrash crash)
    {
        lock (contents)
        {
            if (log is null)
            {
                return crash.Operations is null
                    ? durable!.Draw(null, crash, keepLog: false)
                    : throw new InvalidOperationException("The disk keeps no log: it can only crash now.");
            }

            int begun = crash.Operations ?? log.Count;
            ArgumentOutOfRangeException.ThrowIfGreaterThan(begun, log.Count, nameof(crash));
            ArgumentOutOfRangeException.ThrowIfNegative(begun, nameof(crash));
            SimulatedDiskOperation? last = begun == 0 ? null : log[begun - 1];
            int complete = last is null || IsInstant(last) ? begun : begun - 1;
            if (durable is null || replayed > complete)
            {
                durable = new SimulatedDiskDurable(start ?? new SimulatedDiskDurable.Start(names, directories, contents));
                replayed = 0;
            }

            for (; replayed < complete; replayed++)
            {
                durable.Apply(log[replayed]);
            }

            return durable.Draw(complete == begun ? null : last, crash, keepLog: true);
        }
    }

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        path = Normalize(path);
        lock (contents)
        {
            bool exists = names.TryGetValue(path, out int id);
            if (!exists && (mode is DiskOpenMode.Existing or DiskOpenMode.ReadOnly or DiskOpenMode.ReadOnlyLocked))
            {
                throw new FileNotFoundException($"no such file: {path}", path);
            }

            if (exists && mode == DiskOpenMode.CreateNew)
            {
                throw new IOException($"file exists: {path}");
            }

            if (!exists)
            {
                id = Create(path);
            }

            SimulatedDiskContent content = contents[id];
            bool locks = mode == DiskOpenMode.OpenOrCreateLocked;
            if ((locks || mode == DiskOpenMode.ReadOnlyLocked) && content.IsLocked)
            {
                throw new DiskLockedException(path);
            }

            content.IsLocked |= locks;
            return new SimulatedDiskFile(this, content, id, path, mode is DiskOpenMode.ReadOnly or DiskOpenMode.ReadOnlyLocked, locks);
        }
    }

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        lock (contents)
        {
            return names.ContainsKey(Normalize(path));
        }
    }

    /// <inheritdoc/>
    public bool DirectoryExists(string path)
    {
        lock (contents)
        {
            return IsDirectory(Normalize(path));
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        lock (contents)
        {
            for (string part = Normalize(path); !IsDirectory(part); part = DirectoryOf(part))
            {
                Perform(new SimulatedDiskOperation(SimulatedDiskOperationKind.CreateDirectory, part));
                directories.Add(part);
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        lock (contents)
        {
            string wanted = Normalize(directory);
            return IsDirectory(wanted)
                ? [.. names.Keys.Concat(directories).Where(p => DirectoryOf(p) == wanted)
                    .Select(static p => Path.GetFileName(p)).Order(StringComparer.Ordinal)]
                : throw new DirectoryNotFoundException($"no such directory: {directory}");
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        lock (contents)
        {
            from = Normalize(from);
            to = Normalize(to);
            int id = Find(from);
            RequireDirectory(to);
            Perform(new SimulatedDiskOperation(SimulatedDiskOperationKind.Rename, from) { Target = to, FileId = id });
            names.Remove(from);
            if (names.TryGetValue(to, out int replaced) && replaced != id)
            {
                contents.Remove(replaced);
            }

            names[to] = id;
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        lock (contents)
        {
            path = Normalize(path);
            if (names.TryGetValue(path, out int id))
            {
                Perform(new SimulatedDiskOperation(SimulatedDiskOperationKind.Delete, path) { FileId = id });
                names.Remove(path);
                contents.Remove(id);
            }
        }
    }

    /// <inheritdoc/>
    public void FlushDirectory(string path)
    {
        lock (contents)
        {
            path = Normalize(path);
            if (!IsDirectory(path))
            {
                throw new DirectoryNotFoundException($"no such directory: {path}");
            }

            Perform(new SimulatedDiskOperation(SimulatedDiskOperationKind.FlushDirectory, path));
        }
    }

    internal static string DirectoryOf(string path) => Path.GetDirectoryName(path) ?? "";

    internal void Write(SimulatedDiskContent content, SimulatedDiskOperation operation)
    {
        lock (contents)
        {
            if (writesUntilFailure >= 0 && writesUntilFailure-- == 0)
            {
                throw Broken("write", operation.Path);
            }

            long room = Room(content, operation.Offset + operation.Data.Length);
            if (room < 0)
            {
                int fits = (int)Math.Max(0, operation.Data.Length + room);
                SimulatedDiskOperation partial = operation with { Data = operation.Data[..fits] };
                Perform(partial);
                WriteLocked(content, partial);
                throw new DiskFullException(operation.Path);
            }

            Perform(operation);
            WriteLocked(content, operation);
        }
    }

    internal void SetLength(SimulatedDiskContent content, SimulatedDiskOperation operation, bool reserve)
    {
        lock (contents)
        {
            if (reserve && Room(content, operation.Length) < 0)
            {
                throw new DiskFullException(operation.Path);
            }

            if (!reserve || operation.Length > content.Length)
            {
                Perform(operation);
                lock (content)
                {
                    content.SetLength(operation.Length);
                }
            }

            if (reserve)
            {
                content.Allocate(operation.Length);
            }
        }
    }

    internal void Flush(SimulatedDiskOperation operation)
    {
        lock (contents)
        {
            if (flushesUntilFailure >= 0 && flushesUntilFailure-- == 0)
            {
                Record(operation with { Kind = SimulatedDiskOperationKind.FailedFlush });
                throw Broken("flush", operation.Path);
            }

            if (Fault?.Invoke(operation) is { } failure)
            {
                // Where the process ended before it could ask, the system knows of no flush that failed.
                if (failure is not ProcessEndedException)
                {
                    Record(operation with { Kind = SimulatedDiskOperationKind.FailedFlush });
                }

                throw failure;
            }

            Record(operation);
        }
    }

    private static IOException Broken(string call, string path) => new($"{call} {path}: input/output error", InputOutputError);

    private static void WriteLocked(SimulatedDiskContent content, SimulatedDiskOperation operation)
    {
        lock (content)
        {
            content.Write(operation.Offset, operation.Data.Span);
        }
    }

    /// <summary>A flush in flight when the power goes may have done its work or not; the images of the operation before it
    /// show the one, so those of the flush itself show the other.</summary>
    private static bool IsInstant(SimulatedDiskOperation operation) => operation.Kind
        is SimulatedDiskOperationKind.Flush or SimulatedDiskOperationKind.FlushDirectory
        or SimulatedDiskOperationKind.FailedFlush or SimulatedDiskOperationKind.FlipBits or SimulatedDiskOperationKind.CreateDirectory;

    private static string Normalize(string path) =>
        path == "." ? "" : path.Length > 1 ? Path.TrimEndingDirectorySeparator(path) : path;

    private long Room(SimulatedDiskContent content, long end) =>
        CapacityBytes is { } capacity && end > content.AllocatedBytes
            ? capacity - AllocatedBytes - (end - content.AllocatedBytes)
            : 0;

    private bool IsDirectory(string path) => path is "" or "/" || Path.GetPathRoot(path) == path || directories.Contains(path);

    private void RequireDirectory(string path)
    {
        if (!IsDirectory(DirectoryOf(path)))
        {
            throw new DirectoryNotFoundException($"no such directory: {DirectoryOf(path)}");
        }
    }

    private int Find(string path) =>
        names.TryGetValue(Normalize(path), out int id) ? id : throw new FileNotFoundException($"no such file: {path}", path);

    private int Create(string path)
    {
        RequireDirectory(path);
        int id = nextFileId;
        Perform(new SimulatedDiskOperation(SimulatedDiskOperationKind.CreateFile, path) { FileId = id });
        nextFileId++;
        names[path] = id;
        contents[id] = new SimulatedDiskContent([], 0);
        return id;
    }

    private void Perform(SimulatedDiskOperation operation)
    {
        if (Fault?.Invoke(operation) is { } failure)
        {
            throw failure;
        }

        Record(operation);
    }

    private void Record(SimulatedDiskOperation operation)
    {
        if (log is null)
        {
            durable!.Apply(operation);
            return;
        }

        // Most images of crashes are only looked at: what they began as is copied when the first change comes.
        start ??= new SimulatedDiskDurable.Start(names, directories, contents);
        log.Add(operation);
    }
}

/// <summary>The process that uses a simulated disk has ended: the operation was not even asked for.</summary>
public sealed class ProcessEndedException() : IOException("the process has ended");
