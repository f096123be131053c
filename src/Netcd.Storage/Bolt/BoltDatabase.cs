using Netcd.Storage.Disk;

namespace Netcd.Storage.Bolt;

/// <summary>
/// A database file in bbolt's format: a copy-on-write B+tree with one writer and any number of readers, who read from the
/// file's mapping while the writer goes on.
/// </summary>
public sealed partial class BoltDatabase : IDisposable
{
    private readonly Lock gate = new();
    private readonly IDiskFile file;
    private readonly BoltOptions options;
    private readonly Arena arena = new();
    private readonly DirtyPages dirty = new();
    private readonly byte[] metaPage;

    /// <summary>Those that may still be held; the newest is last.</summary>
    private readonly List<BoltSnapshot> snapshots = [];

    private BoltMapping mapping;
    private BoltSnapshot? current;
    private Exception? failure;
    private bool hasWriter;

    private BoltDatabase(IDiskFile file, BoltOptions options, BoltMeta meta, BoltMapping mapping)
    {
        this.file = file;
        this.options = options;
        this.mapping = mapping;
        PageSize = meta.PageSize;
        metaPage = new byte[meta.PageSize];
        if (!options.ReadOnly)
        {
            BoltSnapshot unlisted = new(file.Path, meta, mapping, 0);
            try
            {
                LoadFreelist(unlisted);
            }
            finally
            {
                unlisted.Release();
            }
        }

        current = new BoltSnapshot(file.Path, meta, mapping, Freelist.FreeCount);
        snapshots.Add(current);
    }

    /// <summary>The file.</summary>
    public string Path => file.Path;

    /// <summary>Bytes a page.</summary>
    public int PageSize { get; }

    /// <summary>The file's length in bytes, room for growth included.</summary>
    public long FileSize => file.Length;

    /// <summary>Bytes of pages that are free, or will be when older readers have ended; 0 for a database open for reading alone.</summary>
    public long FreeBytes => (Volatile.Read(ref current)?.FreePages ?? 0) * PageSize;

    /// <summary>Whether it takes write transactions: after a commit that failed on the disk, but for want of room, it takes none.</summary>
    public bool TakesWrites
    {
        get
        {
            lock (gate)
            {
                return failure is null && !options.ReadOnly && current is not null;
            }
        }
    }

    internal IDiskFile File => file;

    internal Freelist Freelist { get; } = new();

    internal bool SyncsFreelist => options.FreelistSync == FreelistSync.EveryCommit;

    /// <summary>Opens a database file, and makes it where it is not there (its directory must be). The file is locked against other
    /// processes, Go's bbolt included, unless it is opened for reading alone.</summary>
    /// <exception cref="DiskLockedException">Another process has it open.</exception>
    /// <exception cref="BoltFormatException">It is not a bbolt file, or is truncated or damaged.</exception>
    /// <exception cref="IOException">The disk failed, or it is opened for reading alone and not there.</exception>
    public static BoltDatabase Open(IDisk disk, string path, BoltOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(disk);
        options ??= BoltOptions.Default;
        if (!BoltMeta.IsPageSize((uint)options.PageSize))
        {
            throw new ArgumentException($"{options.PageSize} is not a page size.", nameof(options));
        }

        IDiskFile file = disk.Open(path, ModeOf(options));
        BoltMapping? mapping = null;
        try
        {
            if (!options.ReadOnly)
            {
                MakeDurable(disk, file, options.PageSize);
            }

            BoltMeta meta = BoltCreation.ReadMeta(file);
            mapping = new BoltMapping(file.Map(file.Length));
            return new BoltDatabase(file, options, meta, mapping);
        }
        catch
        {
            mapping?.Release();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Begins to read the newest committed state. From any thread, without waiting.</summary>
    public BoltReadTransaction BeginRead()
    {
        while (true)
        {
            BoltSnapshot? newest = Volatile.Read(ref current);
            ObjectDisposedException.ThrowIf(newest is null, this);
            // It may have been replaced and let go between the two: then there is a newer one.
            if (newest.TryAddReference())
            {
                return new BoltReadTransaction(this, newest);
            }
        }
    }

    /// <summary>Begins the one write transaction.</summary>
    /// <exception cref="InvalidOperationException">There is one already, the database is open for reading alone, or an earlier
    /// commit failed on the disk (the failure is the inner exception).</exception>
    public BoltWriteTransaction BeginWrite()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(current is null, this);
            if (failure is not null)
            {
                throw new InvalidOperationException($"{file.Path} takes no writes any more: a commit failed", failure);
            }

            if (options.ReadOnly || hasWriter)
            {
                throw new InvalidOperationException(
                    options.ReadOnly ? $"{file.Path} is open for reading alone" : "There is a write transaction already.");
            }

            snapshots.RemoveAll(static s => !s.IsHeld);
            Freelist.Release([.. snapshots.Select(static s => s.Meta.TransactionId)]);
            bool isHeld = current.TryAddReference();
            System.Diagnostics.Debug.Assert(isHeld, "the database holds the newest snapshot");
            hasWriter = true;
            return new BoltWriteTransaction(this, current, arena, dirty) { CutsTail = CutsTail() };
        }
    }

    /// <summary>Closes the file: where the free pages are written on close, that is done now. Transactions still open stay
    /// readable until they end; a write transaction must have ended.</summary>
    public void Dispose()
    {
        if (current is not null && !options.ReadOnly && failure is null && !hasWriter && !current.Meta.HasFreelist)
        {
            try
            {
                using BoltWriteTransaction last = BeginWrite();
                last.Commit(withFreelist: true, force: true);
            }
            catch (Exception lost) when (lost is IOException or BoltFormatException)
            {
                // The list is found again by walking the pages; damage is reported to the caller that meets it next.
            }
        }

        Abandon();
    }

    /// <summary>As <see cref="Dispose"/>, for a file that is not opened again: nothing more is written to it.</summary>
    public void Abandon()
    {
        lock (gate)
        {
            if (current is not { } last)
            {
                return;
            }

            Volatile.Write(ref current, null);
            last.Release();
            mapping.Release();
            file.Dispose();
            if (!hasWriter)
            {
                arena.Dispose();
            }
        }
    }

    /// <summary>The free and pending pages, where they are those of that state; else null.</summary>
    internal List<ulong>? FreePagesOf(BoltSnapshot view)
    {
        lock (gate)
        {
            return view == current && !hasWriter && !options.ReadOnly ? Freelist.All(view.Meta.HighWater) : null;
        }
    }

    /// <summary>
    /// Writes a spilled transaction's pages. None of them is part of a state that can be read, so that a full disk costs only the
    /// transaction here too: the next owner of those pages writes them anew.
    /// </summary>
    internal void WritePages()
    {
        try
        {
            dirty.Write(file, PageSize);
        }
        catch (Exception broken) when (broken is not IOException refused || !DiskErrors.IsLackOfRoom(refused))
        {
            Fail(broken);
            throw;
        }
    }

    /// <summary>Makes a transaction durable whose pages are written, and publishes it.</summary>
    internal void Finish(BoltWriteTransaction transaction, BoltMeta meta)
    {
        BoltSnapshot published;
        try
        {
            file.Flush();
            ulong slot = meta.TransactionId % 2;
            meta.WritePage(metaPage, slot);
            file.WriteAt((long)slot * PageSize, metaPage);
            file.Flush();
            Freelist.AddPending(meta.TransactionId, transaction.Freed);
            Freelist.CutTo(meta.HighWater);
            published = new BoltSnapshot(file.Path, meta, mapping, Freelist.FreeCount + Freelist.PendingCount);
        }
        catch (Exception broken)
        {
            Fail(broken);
            End(transaction);
            throw;
        }

        BoltSnapshot former = current!;
        snapshots.Add(published);
        Volatile.Write(ref current, published);
        former.Release();
        End(transaction);
        Shorten(former.Meta, meta);
    }

    /// <summary>Ends a transaction that wrote nothing: its pages are free again.</summary>
    internal void GiveBack(BoltWriteTransaction transaction, List<PageRun> taken)
    {
        ulong highWater = transaction.View.Meta.HighWater;
        foreach (PageRun run in taken)
        {
            for (ulong page = run.First; page < Math.Min(run.First + run.Count, highWater); page++)
            {
                if (!Freelist.TryFree(page))
                {
                    throw new InvalidOperationException($"page {page} was taken and is free");
                }
            }
        }

        End(transaction);
    }

    private void End(BoltWriteTransaction transaction)
    {
        arena.Reset();
        dirty.Reset();
        transaction.View.Release();
        lock (gate)
        {
            hasWriter = false;
        }
    }

    private void Fail(Exception broken)
    {
        lock (gate)
        {
            failure ??= broken;
        }
    }

    /// <summary>
    /// A process that was killed may have left the newest meta, or the file's name, without a flush. The first commit takes the
    /// pages that only the state before used, and that is the state which a power failure goes back to until the meta is durable.
    /// Where its flush has failed, the system may take the meta for written: so it is written once more.
    /// </summary>
    private static void MakeDurable(IDisk disk, IDiskFile file, int pageSize)
    {
        if (BoltCreation.IsNeeded(file, pageSize))
        {
            BoltCreation.Run(file, pageSize);
        }
        else
        {
            byte[] metas = new byte[2 * BoltCreation.ReadMeta(file).PageSize];
            file.WriteAt(0, metas.AsSpan(0, file.ReadAt(0, metas)));
            file.Flush();
        }

        string? directory = System.IO.Path.GetDirectoryName(file.Path);
        disk.FlushDirectory(string.IsNullOrEmpty(directory) ? "." : directory);
    }

    private static DiskOpenMode ModeOf(BoltOptions options) =>
        !options.ReadOnly ? DiskOpenMode.OpenOrCreateLocked
        : options.KeepsWritersOut ? DiskOpenMode.ReadOnlyLocked
        : DiskOpenMode.ReadOnly;

    private void LoadFreelist(BoltSnapshot view)
    {
        Freelist.EnsurePages(view.Meta.HighWater);
        if (view.Meta.HasFreelist)
        {
            foreach (ulong page in FreelistPage.Read(view))
            {
                if (!Freelist.TryFree(page))
                {
                    throw view.Corrupt(view.Meta.Freelist, $"lists page {page} as free twice");
                }
            }

            return;
        }

        PageWalk walk = new(view, file);
        walk.Run(view.Meta.RootPage, null);
        for (ulong page = 2; page < view.Meta.HighWater; page++)
        {
            if (!walk.IsSeen(page))
            {
                Freelist.TryFree(page);
            }
        }
    }
}
