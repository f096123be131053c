using Netcd.Client;
using Netcd.Client.Keys;

namespace Netcd.Tools.Ctl.Browsing;

/// <summary>
/// The keys of a range in their order, all at one revision, of which a page is in memory. What lies behind the page is asked for where
/// somebody wants to know it, so that what is skipped is never read.
/// </summary>
/// <param name="keys">The cluster's keys.</param>
/// <param name="range">Which of them.</param>
/// <param name="options">The revision, and whether values are wanted.</param>
internal sealed class KeyWindow(IKeyValues keys, KeyRange range, ScanOptions options)
{
    private readonly KeyBound end = KeyBound.EndOf(range);
    private RangeResult? page;
    private long revision = options.Revision;
    private int at;

    /// <summary>The revision that is read; known once a key was asked for.</summary>
    public long Revision => revision;

    /// <summary>How many keys the range has; known once a key was asked for.</summary>
    public long Total { get; private set; }

    /// <summary>The key that it stands at, or null behind the last one.</summary>
    public async ValueTask<KeyValue?> CurrentAsync()
    {
        if (page is null)
        {
            await ReadAsync(range.Start).ConfigureAwait(false);
            Total = page!.Count;
        }

        if (at == page.KeyValues.Count && page.HasMore && at > 0)
        {
            await ReadAsync(KeyBound.Behind(page.KeyValues[^1].Key).Key).ConfigureAwait(false);
        }

        return at < page.KeyValues.Count ? page.KeyValues[at] : null;
    }

    /// <summary>Goes on by one key.</summary>
    public void Advance() => at++;

    /// <summary>Goes on to the first key that is not before a bound.</summary>
    public async ValueTask SkipToAsync(KeyBound bound)
    {
        at = IndexOf(bound);
        if (at == page!.KeyValues.Count && page.HasMore && !bound.IsOpen)
        {
            await ReadAsync(bound.Key).ConfigureAwait(false);
        }
    }

    /// <summary>Whether there is a key from one bound on that is before another one.</summary>
    public async ValueTask<bool> HasBetweenAsync(KeyBound from, KeyBound until)
    {
        if (from.IsOpen)
        {
            return false;
        }

        int index = IndexOf(from);
        if (index < page!.KeyValues.Count || !page.HasMore)
        {
            return index < page.KeyValues.Count && until.IsBehind(page.KeyValues[index].Key);
        }

        KeyBound first = from.OrBehind(page.KeyValues[^1].Key);
        if (!until.IsOpen && !until.IsBehind(first.Key))
        {
            return false;
        }

        RangeOptions one = new() { Revision = revision, Limit = 1, KeysOnly = true };
        return (await keys.RangeAsync(first.RangeUntil(until), one).ConfigureAwait(false)).KeyValues.Count > 0;
    }

    /// <summary>How many keys there are from where it stands up to a bound.</summary>
    public async ValueTask<long> CountUntilAsync(KeyBound until)
    {
        int index = IndexOf(until);
        if (index < page!.KeyValues.Count || !page.HasMore)
        {
            return index - at;
        }

        RangeOptions count = new() { Revision = revision, CountOnly = true };
        KeyRange rest = KeyBound.At(page.KeyValues[at].Key).RangeUntil(until);
        return (await keys.RangeAsync(rest, count).ConfigureAwait(false)).Count;
    }

    /// <summary>Where in the page the first key is that is not before a bound; its length where all are.</summary>
    private int IndexOf(KeyBound bound)
    {
        int low = at, high = page!.KeyValues.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = bound.IsBehind(page.KeyValues[middle].Key) ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private async Task ReadAsync(ReadOnlyMemory<byte> from)
    {
        RangeOptions read = new() { Revision = revision, Limit = options.PageSize, KeysOnly = options.KeysOnly };
        page = await keys.RangeAsync(KeyBound.At(from).RangeUntil(end), read).ConfigureAwait(false);
        revision = revision != 0 ? revision : page.Header.Revision;
        at = 0;
    }
}
