using System.Buffers;
using Netcd.Client.Connecting;

namespace Netcd.Client.Watching;

/// <summary>
/// The changes of one message, as bytes until somebody reads them. Objects for all that waits would be five times as many things for the
/// collector to look at, and to fetch for another processor than the one that made them: the reader's.
/// </summary>
/// <param name="buffer">Where the message is, from the start on; of the shared pool.</param>
/// <param name="length">How long it is.</param>
/// <param name="count">How many changes there are.</param>
/// <param name="lastRevision">The revision of the last.</param>
internal sealed class WatchChanges(byte[] buffer, int length, int count, long lastRevision)
{
    /// <summary>What a change costs beside its bytes when it is read.</summary>
    private const int Overhead = 100;

    /// <summary>How many there are.</summary>
    public int Count => count;

    /// <summary>The revision of the last.</summary>
    public long LastRevision => lastRevision;

    /// <summary>The room that they take, in bytes.</summary>
    public long Size => length + ((long)count * Overhead);

    /// <summary>Reads a change.</summary>
    /// <param name="position">Where it is searched for; afterwards where the next one is. At first 0.</param>
    /// <returns>The change; null where there are no more.</returns>
    /// <exception cref="InvalidDataException">It cannot be read.</exception>
    public WatchEvent? Read(ref int position)
    {
        MessageReader reader = new(buffer.AsSpan(position, length - position));
        for (int field = reader.Next(); field != 0; field = reader.Next())
        {
            if (field == WatchDecoder.EventField)
            {
                WatchEvent change = WatchDecoder.Event(reader.Bytes());
                position = length - reader.Left;
                return change;
            }

            reader.Skip();
        }

        position = length;
        return null;
    }

    /// <summary>Gives the room back. Nobody may read them any more; what was read stays.</summary>
    public void Release() => ArrayPool<byte>.Shared.Return(buffer);
}
