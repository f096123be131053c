using System.Buffers.Binary;

namespace Netcd.Engine.Records;

/// <summary>
/// The place of one change in the history: the transaction's main revision and the change's number within it.
/// </summary>
/// <param name="Main">The store's revision that the transaction took; 1 is the empty store.</param>
/// <param name="Sub">The change's number within the transaction, from 0.</param>
public readonly record struct Revision(long Main, int Sub) : IComparable<Revision>
{
    /// <summary>Bytes of a record's key in the backend: main, an underscore, sub.</summary>
    public const int EncodedLength = 17;

    /// <summary>Bytes of a tombstone's key in the backend: as above with a trailing <c>t</c>.</summary>
    public const int TombstoneLength = EncodedLength + 1;

    private const byte Separator = (byte)'_';
    private const byte TombstoneMark = (byte)'t';

    /// <inheritdoc/>
    public int CompareTo(Revision other) => Main != other.Main ? Main.CompareTo(other.Main) : Sub.CompareTo(other.Sub);

    /// <summary>Writes the backend's key of a record; the tombstone mark is added where the buffer has room for it.</summary>
    /// <param name="target">17 bytes for a value, 18 for a tombstone.</param>
    public void Encode(Span<byte> target)
    {
        BinaryPrimitives.WriteInt64BigEndian(target, Main);
        target[8] = Separator;
        BinaryPrimitives.WriteInt64BigEndian(target[9..], Sub);
        if (target.Length == TombstoneLength)
        {
            target[EncodedLength] = TombstoneMark;
        }
    }

    /// <summary>Reads a backend's key; false where it is not a revision.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> key, out Revision revision, out bool isTombstone)
    {
        revision = default;
        isTombstone = key.Length == TombstoneLength && key[EncodedLength] == TombstoneMark;
        if ((key.Length != EncodedLength && !isTombstone) || key[8] != Separator)
        {
            return false;
        }

        long sub = BinaryPrimitives.ReadInt64BigEndian(key[9..]);
        if (sub is < 0 or > int.MaxValue)
        {
            return false;
        }

        revision = new Revision(BinaryPrimitives.ReadInt64BigEndian(key), (int)sub);
        return true;
    }

    /// <summary>Whether the first is older.</summary>
    public static bool operator <(Revision left, Revision right) => left.CompareTo(right) < 0;

    /// <summary>Whether the first is newer.</summary>
    public static bool operator >(Revision left, Revision right) => left.CompareTo(right) > 0;

    /// <summary>Whether the first is not newer.</summary>
    public static bool operator <=(Revision left, Revision right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the first is not older.</summary>
    public static bool operator >=(Revision left, Revision right) => left.CompareTo(right) >= 0;
}
