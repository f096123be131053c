namespace Netcd.Server.Services;

/// <summary>Every bound of what clients' calls may take of the process: its value, why it is that, and what happens when it is
/// reached.</summary>
internal static class ServiceLimits
{
    /// <summary>
    /// Keys that a read looks at on the pool: less than ten milliseconds. One that looks at more is done on threads of its own, which
    /// give way to the others.
    /// </summary>
    public const int KeysOnPool = 10_000;

    /// <summary>Long reads that wait for a thread; more are refused with <c>too many requests</c>.</summary>
    public const int WaitingReads = 256;

    /// <summary>Sums for other members that wait for a thread: one asks seldom, and one at a time.</summary>
    public const int WaitingPeerReads = 16;

    /// <summary>
    /// Memory of the lists of records of long ranges that are read or sent, some five million keys in all; the others wait. The records
    /// themselves stay in the file until they are sent.
    /// </summary>
    public const long RangeListBytes = 256L << 20;

    /// <summary>What a key takes of it: its revision, and where its record lies.</summary>
    public const int RangeListBytesPerKey = 48;

    /// <summary>
    /// Memory of answers that have to be whole before they can be sent, as JSON and compressed ones; the others wait. Smaller ones than
    /// <see cref="SmallAnswerBytes"/> are not counted.
    /// </summary>
    public const long BufferedAnswerBytes = 512L << 20;

    /// <summary>An answer of less is written at once; a larger one is sent in pieces, at the reader's pace.</summary>
    public const int SmallAnswerBytes = 128 * 1024;

    /// <summary>Bytes of a large answer that are written before the reader's pace is waited for.</summary>
    public const int FlushBytes = 64 * 1024;

    /// <summary>Bytes of a large answer after which others have their turn on the pool.</summary>
    public const int BytesInTurn = 1 << 20;

    /// <summary>The largest message that gRPC's servers in Go send, and that a signed length of 32 bits can hold: etcd refuses
    /// more.</summary>
    public const long LargestAnswerBytes = int.MaxValue;

    /// <summary>
    /// Snapshots that are sent at a time: each keeps the pages of its state from being used again. The others wait until one is done.
    /// </summary>
    public const int Snapshots = 32;

    /// <summary>
    /// Time in which a reader of a snapshot or a large answer takes nothing at all, after which it is given up: what it holds, pages of the
    /// file and memory, others wait for.
    /// </summary>
    public static readonly TimeSpan ReaderPatience = TimeSpan.FromSeconds(30);

    /// <summary>Time in which nothing comes of a request that was begun, after which it is ended. Streams of requests may be
    /// silent.</summary>
    public static readonly TimeSpan RequestPatience = TimeSpan.FromSeconds(30);

    /// <summary>Time for the one request of a call of the JSON gateway, some three megabytes at the most.</summary>
    public static readonly TimeSpan JsonRequestTime = TimeSpan.FromMinutes(2);
}
