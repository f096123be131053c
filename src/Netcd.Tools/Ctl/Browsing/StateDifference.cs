using Netcd.Client;

namespace Netcd.Tools.Ctl.Browsing;

/// <summary>What became of a key between two revisions.</summary>
/// <param name="Before">The key at the one revision, or null where it did not exist.</param>
/// <param name="After">The key at the other, or null where it does not exist.</param>
internal sealed record KeyChange(KeyValue? Before, KeyValue? After);

/// <summary>Merges two readings of the same keys, each in the order of the keys.</summary>
internal static class StateDifference
{
    /// <summary>The keys that are in one of them only, or were written in between.</summary>
    public static async IAsyncEnumerable<KeyChange> OfAsync(IAsyncEnumerable<KeyValue> before, IAsyncEnumerable<KeyValue> after)
    {
        IAsyncEnumerator<KeyValue> left = before.GetAsyncEnumerator(), right = after.GetAsyncEnumerator();
        await using (left.ConfigureAwait(false))
        await using (right.ConfigureAwait(false))
        {
            KeyValue? old = await NextAsync(left).ConfigureAwait(false), now = await NextAsync(right).ConfigureAwait(false);
            while (old is not null || now is not null)
            {
                int order = old is null ? 1 : now is null ? -1 : old.Key.Span.SequenceCompareTo(now.Key.Span);
                if (order != 0 || old!.ModRevision != now!.ModRevision)
                {
                    yield return new KeyChange(order <= 0 ? old : null, order >= 0 ? now : null);
                }

                old = order <= 0 ? await NextAsync(left).ConfigureAwait(false) : old;
                now = order >= 0 ? await NextAsync(right).ConfigureAwait(false) : now;
            }
        }
    }

    private static async ValueTask<KeyValue?> NextAsync(IAsyncEnumerator<KeyValue> keys) =>
        await keys.MoveNextAsync().ConfigureAwait(false) ? keys.Current : null;
}
