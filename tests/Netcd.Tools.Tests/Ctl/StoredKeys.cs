using System.Text;
using Netcd.Client;
using Netcd.Client.Keys;

namespace Netcd.Tools.Tests.Ctl;

/// <summary>Keys that can be read as a cluster's can; each counts what was asked of it.</summary>
internal sealed class StoredKeys : IKeyValues
{
    private const long Revision = 7;

    private readonly KeyValue[] keys;

    public StoredKeys(params IEnumerable<string> names) => keys =
    [
        .. names.Select(static name => new KeyValue(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes("of " + name), 1, 1, 1, 0))
            .OrderBy(static key => key.Key.ToArray(), Comparer<byte[]>.Create(static (a, b) => a.AsSpan().SequenceCompareTo(b))),
    ];

    /// <summary>How many keys were sent.</summary>
    public int Sent { get; private set; }

    public Task<RangeResult> RangeAsync(KeyRange range, RangeOptions? options, CancellationToken cancel)
    {
        Assert.True(options!.Revision is 0 or Revision, "all must be read at the first revision");
        bool isOpen = range.End.Span is [0];
        KeyValue[] found = [.. keys.Where(key => key.Key.Span.SequenceCompareTo(range.Start.Span) >= 0
            && (isOpen || key.Key.Span.SequenceCompareTo(range.End.Span) < 0))];
        KeyValue[] page = options.CountOnly ? [] : options.Limit > 0 ? [.. found.Take((int)options.Limit)] : found;
        Sent += page.Length;
        bool hasMore = !options.CountOnly && page.Length < found.Length;
        return Task.FromResult(new RangeResult(new EtcdHeader(1, 1, Revision, 1), page, found.Length, hasMore));
    }

    public Task<GetResult> GetAsync(ReadOnlyMemory<byte> key, GetOptions? options, CancellationToken cancel) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<RangeResult> PagesAsync(KeyRange range, ScanOptions? options, CancellationToken cancel) =>
        throw new NotSupportedException();

    public IAsyncEnumerable<KeyValue> ScanAsync(KeyRange range, ScanOptions? options, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<PutResult> PutAsync(
        ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> value, PutOptions? options, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<DeleteResult> DeleteAsync(KeyRange range, DeleteOptions? options, CancellationToken cancel) =>
        throw new NotSupportedException();

    public Task<EtcdHeader> CompactAsync(long revision, bool physical, CancellationToken cancel) => throw new NotSupportedException();

    public Task<TransactionResult> CommitAsync(Transaction transaction, TimeSpan? timeout, CancellationToken cancel) =>
        throw new NotSupportedException();
}
