using System.Runtime.InteropServices;
using Netcd.Storage.Disk;

namespace Netcd.Storage.Wal;

/// <summary>
/// The write-ahead log in etcd's format: what raft must not forget, in segments of records whose sums form one chain.
/// The Append methods only encode into memory; <see cref="Flush"/> writes all of it at once and returns when it is on
/// stable storage. Nothing may be acknowledged before that.
/// </summary>
/// <remarks>
/// <para>For one thread at a time. Entries are appended before the hard state whose commit index covers them.</para>
/// <para>A write or flush that fails is final: from then on every call throws <see cref="WalFailedException"/>.</para>
/// <para>etcd locks each segment that it holds. This class takes no lock: the database file beside it is locked by its
/// owner, and that keeps a second server away from the whole directory.</para>
/// </remarks>
public sealed class WriteAheadLog : IDisposable
{
    // Shares of a segment. The next one's room is looked for when the first is left: if there is none, that much is there for what is on
    // its way, and for what frees room. From the second on, only what nobody can refuse is to be appended.
    private const int SparePart = 16;
    private const int LastPart = 64;

    private readonly SegmentStore segments;
    private readonly RecordEncoder encoder;
    private readonly ReadOnlyMemory<byte> metadata;
    private readonly long segmentBytes;
    private IDiskFile? tail;
    private WalHardState state;
    private ulong releasedIndex;
    private Exception? failure;
    private long reservedBytes;
    private bool isDiskFull;
    private bool isDisposed;

    private WriteAheadLog(SegmentStore segments, WalOptions options, ReadOnlyMemory<byte> metadata, uint sum)
    {
        this.segments = segments;
        this.metadata = metadata;
        segmentBytes = options.SegmentBytes;
        encoder = new RecordEncoder(sum, options.BufferBytes);
    }

    /// <summary>The index of the last entry appended, flushed or not, or of the last marker where that is ahead; 0 for none.</summary>
    public ulong LastIndex { get; private set; }

    /// <summary>Bytes written to the last segment.</summary>
    public long TailBytes { get; private set; }

    /// <summary>Bytes appended and not yet flushed.</summary>
    public int PendingBytes => encoder.Pending.Length;

    /// <summary>Segments in the directory.</summary>
    public int SegmentCount => segments.Count;

    /// <summary>Whether the next segment's room is allocated already, see <see cref="PrepareNextSegment"/>.</summary>
    public bool IsNextSegmentPrepared => segments.IsPrepared;

    /// <summary>
    /// Whether the disk had no room for the next segment shortly before it was due, or no file could be opened for it: what is left of the
    /// last one's room is used up meanwhile, and then it goes on growing, as long as there is room for that.
    /// <see cref="TryBeginNextSegment"/> tries again.
    /// </summary>
    public bool LacksRoom { get; private set; }

    /// <summary>Whether the disk is full, and the room of the last segment nearly used up: a record that finds none is this log's
    /// end.</summary>
    public bool IsRunningOut => LacksRoom && isDiskFull && reservedBytes - TailBytes < segmentBytes / LastPart;

    private bool IsTailFull => TailBytes >= segmentBytes;

    private bool IsNextDue => TailBytes >= reservedBytes - (segmentBytes / SparePart);

    /// <summary>Whether a log is in the directory.</summary>
    public static bool Exists(IDisk disk, string directory)
    {
        ArgumentNullException.ThrowIfNull(disk);
        return disk.DirectoryExists(directory)
            && disk.List(directory).Any(static name => name.EndsWith(".wal", StringComparison.Ordinal));
    }

    /// <summary>Begins a log that holds the metadata and the marker (0, 0). It exists whole or, after a crash, not at all.</summary>
    /// <remarks>The first segment gets its name when its content is on the disk; etcd renames the whole directory instead.</remarks>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">Its directory: created where it is missing; it must hold no log.</param>
    /// <param name="metadata">Bytes that every segment begins with: etcd's are the member's and the cluster's id.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="begin">Appends what the log is to begin with: it is in the first segment when that gets its name.</param>
    /// <exception cref="IOException">A log exists already, or the disk fails.</exception>
    public static WriteAheadLog Create(
        IDisk disk, string directory, ReadOnlySpan<byte> metadata, WalOptions? options = null, Action<WriteAheadLog>? begin = null)
    {
        ArgumentNullException.ThrowIfNull(disk);
        if (Exists(disk, directory))
        {
            throw new IOException($"{directory} holds a log already");
        }

        options ??= new WalOptions();
        disk.CreateDirectory(directory);
        SegmentStore segments = new(disk, directory, options.SegmentBytes);
        segments.RemoveTemporaries();
        WriteAheadLog log = new(segments, options, metadata.ToArray(), sum: 0);
        try
        {
            log.EncodeHead();
            log.EncodeMarker(WalMarker.Beginning);
            begin?.Invoke(log);
            log.BeginSegment(new SegmentName(0, 0));
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Opens a log at a marker, reads it to its end, repairs a torn tail, and makes it ready to append.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The log's directory.</param>
    /// <param name="from">The snapshot to continue from; its <see cref="WalMarker.ConfState"/> is not looked at.</param>
    /// <param name="content">What the log holds from there on.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="WalMarkerNotFoundException">The log has no such marker.</exception>
    /// <exception cref="WalCorruptException">The log holds what no crash leaves behind.</exception>
    public static WriteAheadLog Open(IDisk disk, string directory, WalMarker from, out WalContent content, WalOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(disk);
        options ??= new WalOptions();
        List<SegmentName> names = LogScan.List(disk, directory);
        // Not the last such segment: a snapshot's marker that a crash cut off from what followed it stands before entries of
        // lower indices, and perhaps some segments before the one that begins at its index.
        int first = names.FindIndex(name => name.Index <= from.Index);
        if (first < 0)
        {
            throw new WalMarkerNotFoundException(directory, from, names.Count == 0 ? "there is no log" : "the log begins later");
        }

        LogReplay replay = new(from);
        LogEnd end = LogScan.Run(disk, directory, CollectionsMarshal.AsSpan(names)[first..], replay);
        return Resume(disk, directory, names, replay, end, out content, options);
    }

    /// <summary>
    /// Opens a log at the marker that is chosen from those that a start may choose from, see <see cref="ReadMarkers"/>. Where
    /// that is the one expected, the log is read once instead of twice.
    /// </summary>
    /// <param name="disk">The disk.</param>
    /// <param name="directory">The log's directory.</param>
    /// <param name="expected">The marker that will probably be chosen.</param>
    /// <param name="choose">Chooses from the markers, in the order written.</param>
    /// <param name="content">What the log holds from the chosen one on.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="WalMarkerNotFoundException">The log has no such marker.</exception>
    /// <exception cref="WalCorruptException">The log holds what no crash leaves behind.</exception>
    public static WriteAheadLog OpenAtChoice(
        IDisk disk,
        string directory,
        WalMarker expected,
        Func<IReadOnlyList<WalMarker>, WalMarker> choose,
        out WalContent content,
        WalOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(disk);
        ArgumentNullException.ThrowIfNull(choose);
        List<SegmentName> names = LogScan.List(disk, directory);
        MarkerScan scan = new(new LogReplay(expected));
        LogEnd end = LogScan.Run(disk, directory, CollectionsMarshal.AsSpan(names), scan);
        WalMarker chosen = choose(scan.Valid());
        bool isExpected = (chosen.Index, chosen.Term) == (expected.Index, expected.Term);
        return isExpected && scan.Replay is { } replay && names.Count > 0 && names[0].Index <= chosen.Index
            ? Resume(disk, directory, names, replay, end, out content, options ?? new WalOptions())
            : Open(disk, directory, chosen, out content, options);
    }

    private static WriteAheadLog Resume(
        IDisk disk, string directory, List<SegmentName> names, LogReplay replay, LogEnd end, out WalContent content, WalOptions options)
    {
        string path = Path.Combine(directory, names[^1].ToString());
        WalRepair? repair = LogRepair.Describe(path, end);
        content = replay.Finish(directory, path, end.Offset, repair);

        SegmentStore segments = new(disk, directory, options.SegmentBytes);
        segments.Adopt(names);
        segments.RemoveTemporaries();
        WriteAheadLog log = new(segments, options, replay.Metadata, end.Sum)
        {
            LastIndex = replay.LastIndex,
            TailBytes = end.Offset,
            state = replay.State,
            tail = disk.Open(path, DiskOpenMode.Existing),
        };
        try
        {
            // A process that was killed right after it had named the last segment left that name without a flush: what is
            // appended to the segment from now on must not be lost together with its name.
            disk.FlushDirectory(directory);
            log.reservedBytes = LogRepair.Apply(log.tail, end, options.SegmentBytes);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The markers that a start may choose its snapshot from: those not ahead of the last commit index, in the order
    /// written. Reads the whole log and changes nothing.
    /// </summary>
    /// <exception cref="WalCorruptException">The log holds what no crash leaves behind.</exception>
    public static IReadOnlyList<WalMarker> ReadMarkers(IDisk disk, string directory)
    {
        ArgumentNullException.ThrowIfNull(disk);
        MarkerScan scan = new(null);
        _ = LogScan.Run(disk, directory, CollectionsMarshal.AsSpan(LogScan.List(disk, directory)), scan);
        return scan.Valid();
    }

    /// <summary>Encodes an entry. An index not above the last one replaces the entries from there on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The index leaves a gap, or term, index or type are out of range.</exception>
    public void AppendEntry(int type, ulong term, ulong index, ReadOnlySpan<byte> data)
    {
        ThrowIfUnusable();
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)type, 2u, nameof(type));
        ArgumentOutOfRangeException.ThrowIfZero(term);
        ArgumentOutOfRangeException.ThrowIfZero(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, LastIndex + 1);
        Span<byte> head = stackalloc byte[RecordBody.MaxHeadBytes];
        int bytes = RecordBody.WriteEntryHead(head, type, term, index, data.Length);
        encoder.Add(RecordType.Entry, head[..bytes], data);
        LastIndex = index;
    }

    /// <summary>Encodes a hard state; an empty one is left out, as etcd does.</summary>
    /// <exception cref="ArgumentException">Term or commit index go back, or the commit index is ahead of the log.</exception>
    public void AppendHardState(in WalHardState next)
    {
        ThrowIfUnusable();
        if (next.Term < state.Term || next.Commit < state.Commit || next.Commit > LastIndex)
        {
            throw new ArgumentException($"{next} cannot follow {state} with the last index {LastIndex}", nameof(next));
        }

        if (!next.IsEmpty)
        {
            state = next;
            EncodeState();
        }
    }

    /// <summary>Encodes a snapshot marker: the snapshot must be durable already when this is flushed.</summary>
    /// <exception cref="ArgumentException">The configuration is missing above index 0.</exception>
    public void AppendMarker(in WalMarker marker)
    {
        ThrowIfUnusable();
        if (marker.Index > 0 && marker.ConfState.IsEmpty)
        {
            throw new ArgumentException("a snapshot marker needs its configuration", nameof(marker));
        }

        EncodeMarker(marker);
        LastIndex = Math.Max(LastIndex, marker.Index);
    }

    /// <summary>
    /// Writes what was appended in one call and returns when it is on stable storage. Where that filled the segment, the
    /// next one is begun, unless the disk is full: see <see cref="LacksRoom"/> and <see cref="IsRunningOut"/>.
    /// </summary>
    /// <exception cref="IOException">The disk failed, and with it this log.</exception>
    public void Flush()
    {
        ThrowIfUnusable();
        if (PendingBytes == 0)
        {
            return;
        }

        try
        {
            FlushPending();
            if (IsNextDue && TryPrepare() && IsTailFull)
            {
                Cut();
            }

            OpenNextSegment();
        }
        catch (Exception cause)
        {
            failure = cause;
            throw;
        }
    }

    /// <summary>Begins the next segment where it is due and the disk has had no room for it.</summary>
    /// <exception cref="IOException">The disk failed, and with it this log.</exception>
    public void TryBeginNextSegment()
    {
        ThrowIfUnusable();
        try
        {
            if (LacksRoom && TryPrepare())
            {
                FlushPending();
                Cut();
            }
        }
        catch (Exception cause)
        {
            failure = cause;
            throw;
        }
    }

    /// <summary>Allocates the next segment ahead, so that the flush that begins it need not: to be called when idle.</summary>
    /// <exception cref="IOException">The disk failed, and with it this log; but a lack of room is not a failure yet, see
    /// <see cref="DiskErrors.IsLackOfRoom"/>: the log goes on as before until its last segment is.</exception>
    public void PrepareNextSegment()
    {
        ThrowIfUnusable();
        try
        {
            segments.Prepare();
        }
        catch (Exception cause) when (cause is not IOException refused || !DiskErrors.IsLackOfRoom(refused))
        {
            failure = cause;
            throw;
        }
    }

    /// <summary>Says that the log is not going to be opened at a marker below the index any more.</summary>
    public void ReleaseTo(ulong index) => releasedIndex = Math.Max(releasedIndex, index);

    /// <summary>Deletes the oldest released segments while there are more than <paramref name="keep"/>; returns how many.</summary>
    public int Purge(int keep)
    {
        ThrowIfUnusable();
        return segments.Purge(keep, releasedIndex);
    }

    /// <summary>Closes the files. What was not flushed is gone.</summary>
    public void Dispose()
    {
        tail?.Dispose();
        tail = null;
        isDisposed = true;
        segments.Dispose();
    }

    private void ThrowIfUnusable()
    {
        if (failure is not null)
        {
            throw new WalFailedException(failure);
        }

        ObjectDisposedException.ThrowIf(isDisposed, this);
    }

    private void EncodeHead()
    {
        encoder.Add(RecordType.Sum, [], []);
        encoder.Add(RecordType.Metadata, metadata.Span, []);
        if (!state.IsEmpty)
        {
            EncodeState();
        }
    }

    private void EncodeState()
    {
        Span<byte> body = stackalloc byte[RecordBody.MaxHeadBytes];
        int bytes = RecordBody.WriteHardState(body, state);
        encoder.Add(RecordType.HardState, body[..bytes], []);
    }

    private void EncodeMarker(in WalMarker marker)
    {
        Span<byte> head = stackalloc byte[RecordBody.MaxHeadBytes];
        int bytes = RecordBody.WriteMarkerHead(head, marker);
        encoder.Add(RecordType.Marker, head[..bytes], marker.ConfState.Span);
    }

    private void FlushPending()
    {
        ReadOnlySpan<byte> pending = encoder.Pending;
        if (pending.IsEmpty)
        {
            return;
        }

        tail!.WriteAt(TailBytes, pending);
        TailBytes += pending.Length;
        encoder.Clear();
        tail!.Flush();
    }

    /// <summary>Has the next segment's room; false where the disk is full. All that was appended is on the disk by then.</summary>
    private bool TryPrepare()
    {
        try
        {
            segments.Prepare();
            LacksRoom = false;
        }
        catch (IOException full) when (DiskErrors.IsLackOfRoom(full))
        {
            LacksRoom = true;
            isDiskFull = DiskErrors.IsDiskFull(full);
        }

        return !LacksRoom;
    }

    /// <summary>Has a descriptor for the next segment before all are in use. Where there is none the next flush tries again.</summary>
    private void OpenNextSegment()
    {
        try
        {
            if (!segments.IsNextOpen)
            {
                segments.OpenNext();
            }
        }
        catch (IOException full) when (DiskErrors.IsLackOfRoom(full))
        {
            // The segment is not due yet.
        }
    }

    // All of the old segment's records are on the disk by now: only the last segment can be torn. That the rest of its room
    // is given back needs no flush, a segment may end in zeros.
    private void Cut()
    {
        tail!.SetLength(TailBytes);
        EncodeHead();
        BeginSegment(new SegmentName(segments.Last.Sequence + 1, LastIndex + 1));
    }

    private void BeginSegment(SegmentName name)
    {
        IDiskFile next = segments.Begin(name, encoder.Pending);
        tail?.Dispose();
        tail = next;
        TailBytes = encoder.Pending.Length;
        reservedBytes = segmentBytes;
        encoder.Clear();
    }
}
