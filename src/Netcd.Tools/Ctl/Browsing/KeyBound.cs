using Netcd.Client;

namespace Netcd.Tools.Ctl.Browsing;

/// <summary>A place among the keys: just before a key, or behind all of them.</summary>
internal readonly struct KeyBound
{
    private KeyBound(ReadOnlyMemory<byte> key, bool isOpen)
    {
        Key = key;
        IsOpen = isOpen;
    }

    /// <summary>The key that it is before; of no meaning where it is behind all.</summary>
    public ReadOnlyMemory<byte> Key { get; }

    /// <summary>Whether it is behind all keys.</summary>
    public bool IsOpen { get; }

    /// <summary>Just before a key.</summary>
    public static KeyBound At(ReadOnlyMemory<byte> key) => new(key, isOpen: false);

    /// <summary>Just behind a key.</summary>
    public static KeyBound Behind(ReadOnlyMemory<byte> key) => new((byte[])[.. key.Span, 0], isOpen: false);

    /// <summary>Where an interval ends.</summary>
    public static KeyBound EndOf(KeyRange range) => new(range.End, range.End.Span is [0]);

    /// <summary>Whether a key is before it.</summary>
    public bool IsBehind(ReadOnlyMemory<byte> key) => IsOpen || key.Span.SequenceCompareTo(Key.Span) < 0;

    /// <summary>This one, or the place behind a key where that is later.</summary>
    public KeyBound OrBehind(ReadOnlyMemory<byte> key) => IsBehind(key) ? this : Behind(key);

    /// <summary>All keys from here up to another bound.</summary>
    public KeyRange RangeUntil(KeyBound end) => end.IsOpen ? KeyRange.From(Key) : KeyRange.Between(Key, end.Key);
}
