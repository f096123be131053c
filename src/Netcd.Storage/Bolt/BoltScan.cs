namespace Netcd.Storage.Bolt;

/// <summary>
/// All keys of a bucket in their order, once, for who wants everything: pages are read from the file, many at a time, and leave no trace
/// in the memory of the process, as they would if they were touched in its mapping. Belongs to one thread.
/// </summary>
public sealed class BoltScan : IDisposable
{
    private readonly BoltBucket bucket;
    private readonly PageScan? pages;
    private BoltPage leaf;
    private int index = -1;
    private bool isDisposed;

    internal BoltScan(BoltBucket bucket)
    {
        this.bucket = bucket;
        if (bucket.IsInline)
        {
            leaf = bucket.RootPage();
            return;
        }

        pages = new PageScan(bucket.Transaction.View, bucket.Transaction.Database.File);
        pages.Begin(bucket.RootPageId);
    }

    /// <summary>The key that it stands on; valid until the next call of <see cref="Next"/> or <see cref="Dispose"/>.</summary>
    /// <exception cref="InvalidOperationException">It stands on none: before the first call of <see cref="Next"/>, or behind the
    /// last key.</exception>
    /// <exception cref="ObjectDisposedException">The scan was disposed, or the transaction has ended.</exception>
    /// <exception cref="BoltFormatException">The page is damaged.</exception>
    public ReadOnlySpan<byte> Key
    {
        get
        {
            RequireKey();
            return leaf.KeyAt(index);
        }
    }

    /// <summary>The value under the key, for a bucket's name its entry; valid as long as <see cref="Key"/>.</summary>
    /// <exception cref="InvalidOperationException">As with <see cref="Key"/>.</exception>
    /// <exception cref="ObjectDisposedException">As with <see cref="Key"/>.</exception>
    /// <exception cref="BoltFormatException">The page is damaged.</exception>
    public ReadOnlySpan<byte> Value
    {
        get
        {
            RequireKey();
            return leaf.ValueAt(index);
        }
    }

    /// <summary>Goes to the first key, then to the next one; false behind the last.</summary>
    /// <exception cref="BoltFormatException">A page is damaged.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    /// <exception cref="ObjectDisposedException">The scan was disposed, or the transaction, or the database, is no longer open.</exception>
    public bool Next()
    {
        RequireOpen();
        index = Math.Min(index + 1, leaf.Count);
        while (index == leaf.Count)
        {
            if (pages is null || !pages.Next(out BoltPage page))
            {
                return false;
            }

            if (page.IsLeaf)
            {
                leaf = page;
                index = 0;
            }
        }

        return true;
    }

    /// <summary>Gives back the memory that pages were read to.</summary>
    public void Dispose()
    {
        isDisposed = true;
        pages?.Dispose();
    }

    /// <summary>What a leaf shows is memory of the scan, or of the file's mapping: neither may be read when it is gone.</summary>
    private void RequireOpen()
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        bucket.Transaction.ThrowIfEnded();
    }

    private void RequireKey()
    {
        RequireOpen();
        if ((uint)index >= (uint)leaf.Count)
        {
            throw new InvalidOperationException("The scan stands on no key.");
        }
    }
}
