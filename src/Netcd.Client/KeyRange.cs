using System.Text;

namespace Netcd.Client;

/// <summary>Keys that lie together: one, those with a prefix, from one on, between two, or all.</summary>
public readonly struct KeyRange : IEquatable<KeyRange>
{
    /// <summary>As an end it stands for no end, as a start for the first key that there can be.</summary>
    private static readonly byte[] Zero = [0];

    private KeyRange(ReadOnlyMemory<byte> start, ReadOnlyMemory<byte> end)
    {
        Start = start;
        End = end;
    }

    /// <summary>The first key.</summary>
    public ReadOnlyMemory<byte> Start { get; }

    /// <summary>The first key that is no part of it any more, as etcd has it: empty for one key, a zero byte where there is no
    /// end.</summary>
    public ReadOnlyMemory<byte> End { get; }

    /// <summary>All keys.</summary>
    public static KeyRange All => new(Zero, Zero);

    /// <summary>One key.</summary>
    /// <param name="key">The key.</param>
    public static KeyRange Key(ReadOnlyMemory<byte> key) => new(key, default);

    /// <summary>One key.</summary>
    /// <param name="key">The key, as UTF-8.</param>
    public static KeyRange Key(string key) => Key(Encoding.UTF8.GetBytes(key));

    /// <summary>All keys that begin with a prefix; all keys where it is empty.</summary>
    /// <param name="prefix">The prefix.</param>
    public static KeyRange Prefix(ReadOnlyMemory<byte> prefix) => prefix.IsEmpty ? All : new KeyRange(prefix, EndOf(prefix.Span));

    /// <summary>All keys that begin with a prefix; all keys where it is empty.</summary>
    /// <param name="prefix">The prefix, as UTF-8.</param>
    public static KeyRange Prefix(string prefix) => Prefix(Encoding.UTF8.GetBytes(prefix));

    /// <summary>All keys from one on.</summary>
    /// <param name="start">The first key.</param>
    public static KeyRange From(ReadOnlyMemory<byte> start) => new(start.IsEmpty ? Zero : start, Zero);

    /// <summary>All keys from one on.</summary>
    /// <param name="start">The first key, as UTF-8.</param>
    public static KeyRange From(string start) => From(Encoding.UTF8.GetBytes(start));

    /// <summary>The keys from one on that lie before another.</summary>
    /// <param name="start">The first key.</param>
    /// <param name="end">The first one that is not meant any more.</param>
    public static KeyRange Between(ReadOnlyMemory<byte> start, ReadOnlyMemory<byte> end) => new(start.IsEmpty ? Zero : start, end);

    /// <summary>The keys from one on that lie before another.</summary>
    /// <param name="start">The first key, as UTF-8.</param>
    /// <param name="end">The first one that is not meant any more.</param>
    public static KeyRange Between(string start, string end) => Between(Encoding.UTF8.GetBytes(start), Encoding.UTF8.GetBytes(end));

    /// <summary>Whether two are the same.</summary>
    public static bool operator ==(KeyRange left, KeyRange right) => left.Equals(right);

    /// <summary>Whether two differ.</summary>
    public static bool operator !=(KeyRange left, KeyRange right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(KeyRange other) => Start.Span.SequenceEqual(other.Start.Span) && End.Span.SequenceEqual(other.End.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is KeyRange other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Start.Span);
        hash.AddBytes(End.Span);
        return hash.ToHashCode();
    }

    private static byte[] EndOf(ReadOnlySpan<byte> prefix)
    {
        int length = prefix.TrimEnd((byte)0xff).Length;
        if (length == 0)
        {
            return Zero;
        }

        byte[] end = prefix[..length].ToArray();
        end[^1]++;
        return end;
    }
}
