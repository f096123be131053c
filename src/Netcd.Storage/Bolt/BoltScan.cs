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

    /// <summary>The key that it stands on; valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Key => leaf.KeyAt(index);

    /// <summary>The value under the key, for a bucket's name its entry; valid until the next call of <see cref="Next"/>.</summary>
    public ReadOnlySpan<byte> Value => leaf.ValueAt(index);

    /// <summary>Goes to the first key, then to the next one; false behind the last.</summary>
    /// <exception cref="BoltFormatException">A page is damaged.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    /// <exception cref="ObjectDisposedException">The transaction, or the database, is no longer open.</exception>
    public bool Next()
    {
        bucket.Transaction.ThrowIfEnded();
        index++;
        while (index >= leaf.Count)
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
    public void Dispose() => pages?.Dispose();
}
