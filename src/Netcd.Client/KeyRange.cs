using System.Text;

namespace Netcd.Client;

/// <summary>One key, or all keys of an interval. Texts are UTF-8; order is that of the bytes. A text or bytes alone are one key.</summary>
public readonly struct KeyRange : IEquatable<KeyRange>
{
    private static readonly byte[] NoEnd = [0];

    private KeyRange(ReadOnlyMemory<byte> start, ReadOnlyMemory<byte> end)
    {
        Start = start;
        End = end;
    }

    /// <summary>All keys.</summary>
    public static KeyRange All { get; } = new(NoEnd, NoEnd);

    /// <summary>The one key, or the first of the interval.</summary>
    public ReadOnlyMemory<byte> Start { get; }

    /// <summary>Where the interval ends, as etcd has it: the first key that is no longer in it, empty for a single key, one zero byte for
    /// all keys from <see cref="Start"/> on.</summary>
    public ReadOnlyMemory<byte> End { get; }

    /// <summary>Whether it is one key.</summary>
    public bool IsSingle => End.Length == 0;

    /// <summary>A single key.</summary>
    public static implicit operator KeyRange(string key) => Key(key);

    /// <summary>A single key.</summary>
    public static implicit operator KeyRange(ReadOnlyMemory<byte> key) => Key(key);

    /// <summary>A single key.</summary>
    public static implicit operator KeyRange(byte[] key) => Key(key);

    /// <summary>Whether two are the same interval.</summary>
    public static bool operator ==(KeyRange left, KeyRange right) => left.Equals(right);

    /// <summary>Whether two are different intervals.</summary>
    public static bool operator !=(KeyRange left, KeyRange right) => !left.Equals(right);

    /// <summary>A single key.</summary>
    public static KeyRange Key(ReadOnlyMemory<byte> key) => new(key, default);

    /// <inheritdoc cref="Key(ReadOnlyMemory{byte})"/>
    public static KeyRange Key(string key) => Key(Encoding.UTF8.GetBytes(key));

    /// <summary>All keys that begin with a prefix; of the empty one, all keys.</summary>
    public static KeyRange Prefix(ReadOnlyMemory<byte> prefix) => prefix.Length == 0 ? All : new KeyRange(prefix, EndOf(prefix.Span));

    /// <inheritdoc cref="Prefix(ReadOnlyMemory{byte})"/>
    public static KeyRange Prefix(string prefix) => Prefix(Encoding.UTF8.GetBytes(prefix));

    /// <summary>All keys from one on.</summary>
    public static KeyRange From(ReadOnlyMemory<byte> first) => new(first.Length == 0 ? NoEnd : first, NoEnd);

    /// <inheritdoc cref="From(ReadOnlyMemory{byte})"/>
    public static KeyRange From(string first) => From(Encoding.UTF8.GetBytes(first));

    /// <summary>All keys from one on up to another, which is not among them.</summary>
    /// <exception cref="ArgumentException">The end is empty.</exception>
    public static KeyRange Between(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> end) => end.Length > 0
        ? new KeyRange(first.Length == 0 ? NoEnd : first, end)
        : throw new ArgumentException("the end of an interval must not be empty", nameof(end));

    /// <inheritdoc cref="Between(ReadOnlyMemory{byte}, ReadOnlyMemory{byte})"/>
    public static KeyRange Between(string first, string end) => Between(Encoding.UTF8.GetBytes(first), Encoding.UTF8.GetBytes(end));

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

    /// <inheritdoc/>
    public override string ToString() => IsSingle
        ? Encoding.UTF8.GetString(Start.Span)
        : $"[{Encoding.UTF8.GetString(Start.Span)}, {(End.Span.SequenceEqual(NoEnd) ? "" : Encoding.UTF8.GetString(End.Span))})";

    /// <summary>The first key behind all that begin with a prefix: there is none where the prefix is nothing but 0xFF.</summary>
    private static byte[] EndOf(ReadOnlySpan<byte> prefix)
    {
        int last = prefix.LastIndexOfAnyExcept((byte)0xff);
        if (last < 0)
        {
            return NoEnd;
        }

        byte[] end = prefix[..(last + 1)].ToArray();
        end[last]++;
        return end;
    }
}
