using Netcd.Raft.Wire;

namespace Netcd.Raft;

/// <summary>Sizes of entries, as flow control counts them.</summary>
internal static class EntrySizes
{
    /// <summary>No limit.</summary>
    public const ulong Unlimited = ulong.MaxValue;

    /// <summary>The encoded size of all entries.</summary>
    public static ulong Encoded(ReadOnlySpan<Entry> entries)
    {
        ulong size = 0;
        foreach (ref readonly Entry entry in entries)
        {
            size += (ulong)RaftWire.Size(in entry);
        }

        return size;
    }

    /// <summary>The size of the payloads alone: empty entries count nothing.</summary>
    public static ulong Payload(ReadOnlySpan<Entry> entries)
    {
        ulong size = 0;
        foreach (ref readonly Entry entry in entries)
        {
            size += (ulong)entry.Data.Length;
        }

        return size;
    }

    /// <summary>The longest prefix within <paramref name="maxBytes"/>, but at least one entry.</summary>
    public static ReadOnlyMemory<Entry> Limit(ReadOnlyMemory<Entry> entries, ulong maxBytes)
    {
        if (maxBytes == Unlimited || entries.Length <= 1)
        {
            return entries;
        }

        ReadOnlySpan<Entry> span = entries.Span;
        ulong size = (ulong)RaftWire.Size(in span[0]);
        for (int count = 1; count < span.Length; count++)
        {
            size += (ulong)RaftWire.Size(in span[count]);
            if (size > maxBytes)
            {
                return entries[..count];
            }
        }

        return entries;
    }
}
