using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Simulation.Checking.Linearizability;

/// <summary>
/// What the KV service promises, as plainly as it can be said: all versions of all keys. What was written can be taken back,
/// so that a search may try one order after the other.
/// </summary>
/// <param name="remembered">Revisions that are read when they are past.</param>
internal sealed class KvModel(IReadOnlySet<long>? remembered = null)
{
    private const ulong Prime = 0x9E3779B97F4A7C15;

    private readonly SortedDictionary<ByteString, List<KeyVersion>> keys = new(ByteOrder.Instance);
    private readonly List<ByteString> writes = [];

    /// <summary>The store's revision: that of the last transaction that wrote.</summary>
    public long Revision { get; private set; } = 1;

    /// <summary>Whether the running transaction has written.</summary>
    public bool HasWritten { get; private set; }

    /// <summary>A sum over all that the keys hold now; equal states have equal sums.</summary>
    public ulong Sum { get; private set; }

    /// <summary>A sum over what the keys held at the revisions that are remembered: states that are equal now may differ in what they
    /// were.</summary>
    public ulong PastSum { get; private set; }

    /// <summary>A place to go back to.</summary>
    public Mark Here => new(writes.Count, Revision, PastSum);

    /// <summary>The keys of an interval that exist at a revision, in order; what the running transaction has written is there
    /// already.</summary>
    public IEnumerable<KeyValue> Range(ByteString key, ByteString end, long revision)
    {
        if (end.IsEmpty)
        {
            return keys.TryGetValue(key, out List<KeyVersion>? versions) && At(versions, revision) is { } one ? [one] : [];
        }

        bool isOpen = end.Length == 1 && end[0] == 0;
        return keys
            .Where(pair => ByteOrder.Instance.Compare(pair.Key, key) >= 0 && (isOpen || ByteOrder.Instance.Compare(pair.Key, end) < 0))
            .Select(pair => At(pair.Value, revision))
            .OfType<KeyValue>();
    }

    /// <summary>What a key holds now, or null.</summary>
    public KeyValue? Latest(ByteString key) => keys.TryGetValue(key, out List<KeyVersion>? versions) ? versions[^1].Value : null;

    /// <summary>Writes a key as a part of the running transaction.</summary>
    public void Put(ByteString key, ByteString value, long lease)
    {
        KeyValue? before = Latest(key);
        Write(key, new KeyValue
        {
            Key = key,
            Value = value,
            Lease = lease,
            ModRevision = Revision + 1,
            CreateRevision = before?.CreateRevision ?? Revision + 1,
            Version = (before?.Version ?? 0) + 1,
        });
    }

    /// <summary>Deletes a key that exists as a part of the running transaction.</summary>
    public void Delete(ByteString key) => Write(key, null);

    /// <summary>Ends the running transaction; one that has written takes a revision.</summary>
    public void EndTransaction()
    {
        if (HasWritten)
        {
            Revision++;
            HasWritten = false;
            PastSum = remembered?.Contains(Revision) is true ? (PastSum ^ Sum) * Prime : PastSum;
        }
    }

    /// <summary>The keys that were written since a mark.</summary>
    public IEnumerable<ByteString> WrittenSince(Mark mark) => writes.Skip(mark.Writes);

    /// <summary>Takes back all that was written since a mark.</summary>
    public void UndoTo(Mark mark)
    {
        for (int i = writes.Count - 1; i >= mark.Writes; i--)
        {
            List<KeyVersion> versions = keys[writes[i]];
            Sum ^= SumOf(versions[^1].Value);
            versions.RemoveAt(versions.Count - 1);
            if (versions.Count == 0)
            {
                keys.Remove(writes[i]);
            }
            else
            {
                Sum ^= SumOf(versions[^1].Value);
            }
        }

        writes.RemoveRange(mark.Writes, writes.Count - mark.Writes);
        (Revision, PastSum, HasWritten) = (mark.Revision, mark.PastSum, false);
    }

    private void Write(ByteString key, KeyValue? value)
    {
        if (!keys.TryGetValue(key, out List<KeyVersion>? versions))
        {
            keys.Add(key, versions = []);
        }
        else
        {
            Sum ^= SumOf(versions[^1].Value);
        }

        versions.Add(new KeyVersion(Revision + 1, value));
        writes.Add(key);
        Sum ^= SumOf(value);
        HasWritten = true;
    }

    private static KeyValue? At(List<KeyVersion> versions, long revision)
    {
        int i = versions.Count - 1;
        while (i >= 0 && versions[i].Revision > revision)
        {
            i--;
        }

        return i < 0 ? null : versions[i].Value;
    }

    private static ulong SumOf(KeyValue? value)
    {
        if (value is null)
        {
            return 0;
        }

        ulong sum = ((ulong)value.ModRevision * Prime) ^ ((ulong)value.CreateRevision << 32) ^ (ulong)value.Version;
        foreach (byte part in value.Key.Span)
        {
            sum = (sum ^ part) * Prime;
        }

        foreach (byte part in value.Value.Span)
        {
            sum = (sum ^ part) * Prime;
        }

        return sum ^ (sum >> 29);
    }

    /// <summary>A key as it became at a revision; null is a deletion.</summary>
    private readonly record struct KeyVersion(long Revision, KeyValue? Value);

    /// <summary>A state to go back to.</summary>
    internal readonly record struct Mark(int Writes, long Revision, ulong PastSum);
}
