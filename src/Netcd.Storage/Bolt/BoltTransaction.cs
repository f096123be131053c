namespace Netcd.Storage.Bolt;

/// <summary>A view of the database. Keys and values read from it point into the file's mapping and are valid until it ends.</summary>
public abstract class BoltTransaction : IDisposable
{
    private const int MetaSlots = 2;

    private protected BoltTransaction(BoltDatabase database, BoltSnapshot view)
    {
        Database = database;
        View = view;
    }

    /// <summary>The number of the committed state that is seen; a write transaction's is the one that it will make.</summary>
    public abstract long TransactionId { get; }

    /// <summary>Bytes up to the last page ever used: what a copy of the database takes. (The file may be longer.)</summary>
    public long SizeBytes => (long)View.Meta.HighWater * View.Meta.PageSize;

    /// <summary>Of <see cref="SizeBytes"/>, the bytes of pages that are free, or will be when older readers have ended.</summary>
    public long FreeBytes => View.FreePages * View.Meta.PageSize;

    internal BoltDatabase Database { get; }

    internal BoltSnapshot View { get; }

    internal bool IsEnded { get; private protected set; }

    /// <summary>The bucket at the top level of that name, if there is one.</summary>
    /// <exception cref="BoltFormatException">A page is damaged.</exception>
    public abstract bool TryGetBucket(ReadOnlySpan<byte> name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out BoltBucket? bucket);

    /// <summary>The names of the buckets at the top level, ascending.</summary>
    public IReadOnlyList<byte[]> BucketNames()
    {
        List<byte[]> names = [];
        BoltCursor cursor = RootBucket.Cursor();
        for (bool found = cursor.First(); found; found = cursor.Next())
        {
            if (cursor.IsBucket)
            {
                names.Add(cursor.Key.ToArray());
            }
        }

        return names;
    }

    /// <summary>Walks every page of the committed state that this transaction began with and looks for contradictions.</summary>
    /// <remarks>Whether pages leak or are wrongly free is checked where the list of free pages belongs to that state: it is in
    /// the file, or this is the newest state and no write transaction is open.</remarks>
    public BoltCheckReport Check()
    {
        ThrowIfEnded();
        return new BoltChecker(View).Run(Database.FreePagesOf(View));
    }

    /// <summary>Writes a database file that holds the committed state that this transaction began with: <see cref="SizeBytes"/>
    /// bytes.</summary>
    public void CopyTo(Stream destination)
    {
        ThrowIfEnded();
        const int ChunkBytes = 1 << 18;
        int metas = MetaSlots * View.Meta.PageSize;
        byte[] chunk = new byte[metas];
        _ = ReadImage(0, chunk);
        destination.Write(chunk);
        long end = SizeBytes;
        for (long at = metas; at < end;)
        {
            int count = (int)Math.Min(ChunkBytes, end - at);
            destination.Write(View.Raw(at, count));
            at += count;
        }
    }

    /// <summary>Reads from the file that <see cref="CopyTo"/> writes.</summary>
    /// <param name="offset">Where in it.</param>
    /// <param name="buffer">Takes the bytes.</param>
    /// <returns>The bytes read: less than asked only at the end.</returns>
    public int ReadImage(long offset, Span<byte> buffer)
    {
        ThrowIfEnded();
        int asked = (int)Math.Min(buffer.Length, SizeBytes - offset);
        int done = 0;
        while (done < asked && (offset + done) / View.Meta.PageSize < MetaSlots)
        {
            done += ReadMeta(offset + done, buffer[done..asked]);
        }

        View.Raw(offset + done, asked - done).CopyTo(buffer[done..]);
        return asked;
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    internal abstract BoltBucket RootBucket { get; }

    /// <summary>Both metas are the same state; the older number stands where the next commit will write.</summary>
    private int ReadMeta(long offset, Span<byte> buffer)
    {
        BoltMeta meta = View.Meta;
        ulong slot = (ulong)(offset / meta.PageSize);
        ulong id = meta.TransactionId % MetaSlots == slot || meta.TransactionId == 0 ? meta.TransactionId : meta.TransactionId - 1;
        byte[] page = new byte[meta.PageSize];
        (meta with { TransactionId = id }).WritePage(page, slot);
        ReadOnlySpan<byte> rest = page.AsSpan((int)(offset % meta.PageSize));
        rest = rest[..Math.Min(rest.Length, buffer.Length)];
        rest.CopyTo(buffer);
        return rest.Length;
    }

    internal void ThrowIfEnded() => ObjectDisposedException.ThrowIf(IsEnded, this);
}
