using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>The segments of a directory as files: begun under a temporary name, prepared ahead, purged from the old end.</summary>
internal sealed class SegmentStore(IDisk disk, string directory, long segmentBytes) : IDisposable
{
    // etcd calls its prepared segments "0.tmp" and "1.tmp" and, as we do, takes no notice of what is left of them.
    private const string TemporarySuffix = ".tmp";
    private const string TemporaryName = "0" + TemporarySuffix;

    private readonly List<SegmentName> names = [];
    private IDiskFile? next;
    private bool isPrepared;

    public SegmentName Last => names[^1];

    public int Count => names.Count;

    public bool IsPrepared => isPrepared;

    /// <summary>Whether the next segment's file is open.</summary>
    public bool IsNextOpen => next is not null;

    private string TemporaryPath => Path.Combine(directory, TemporaryName);

    public string PathOf(SegmentName name) => Path.Combine(directory, name.ToString());

    public void Adopt(IEnumerable<SegmentName> existing) => names.AddRange(existing);

    /// <summary>Deletes what a crash left of segments that never got their name.</summary>
    public void RemoveTemporaries()
    {
        bool removed = false;
        foreach (string name in disk.List(directory))
        {
            if (name.EndsWith(TemporarySuffix, StringComparison.Ordinal))
            {
                disk.Delete(Path.Combine(directory, name));
                removed = true;
            }
        }

        if (removed)
        {
            disk.FlushDirectory(directory);
        }
    }

    /// <summary>
    /// Opens the next segment's file, without room as yet. Done long before it is needed, so that a process whose descriptors are all in
    /// use can still begin it.
    /// </summary>
    public void OpenNext() => next ??= disk.Open(TemporaryPath, DiskOpenMode.CreateNew);

    /// <summary>Allocates the next segment's room ahead of its need.</summary>
    public void Prepare()
    {
        if (isPrepared)
        {
            return;
        }

        OpenNext();
        try
        {
            next!.Preallocate(segmentBytes);
            next.Flush();
            isPrepared = true;
        }
        catch
        {
            DropNext();
            throw;
        }
    }

    /// <summary>Begins a segment with these records: it bears its name only when they are on the disk, and is then the last.</summary>
    public IDiskFile Begin(SegmentName name, ReadOnlySpan<byte> head)
    {
        Prepare();
        IDiskFile file = next!;
        file.WriteAt(0, head);
        file.Flush();
        disk.Rename(TemporaryPath, PathOf(name));
        disk.FlushDirectory(directory);
        names.Add(name);
        (next, isPrepared) = (null, false);
        return file;
    }

    /// <summary>Deletes the oldest segments while there are more than asked and the log can still be opened at the index.</summary>
    public int Purge(int keep, ulong releasedIndex)
    {
        int deleted = 0;
        while (names.Count > Math.Max(keep, 1) && names[1].Index < releasedIndex)
        {
            disk.Delete(PathOf(names[0]));
            // One by one: a crash in between must not leave a hole in the sequence.
            disk.FlushDirectory(directory);
            names.RemoveAt(0);
            deleted++;
        }

        return deleted;
    }

    public void Dispose()
    {
        try
        {
            DropNext();
        }
        catch (IOException)
        {
            // It is empty, and the next start deletes it.
        }
    }

    private void DropNext()
    {
        if (next is not null)
        {
            next.Dispose();
            (next, isPrepared) = (null, false);
            disk.Delete(TemporaryPath);
        }
    }
}
