using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Metering;
using Netcd.Server.Flight;
using Netcd.Storage.Disk;

namespace Netcd.Server.Monitoring;

/// <summary>A disk that measures how long the log and raft's snapshots take: what is below it has no clock.</summary>
/// <param name="disk">The disk.</param>
/// <param name="logDirectory">Where the write-ahead log lies.</param>
/// <param name="snapshotDirectory">Where the snapshots lie; the store's file beside them is measured where it is committed.</param>
/// <param name="metrics">What is measured.</param>
/// <param name="flight">Notes what is flushed and when.</param>
/// <param name="log">Says which flush of the log took much too long.</param>
internal sealed class MeteredDisk(
    IDisk disk, string logDirectory, string snapshotDirectory, DiskMetrics metrics, FlightRecorder flight, ILogger log) : IDisk
{
    /// <summary>A flush of the log that takes longer is warned of; etcd's limit.</summary>
    private static readonly TimeSpan SlowFlush = TimeSpan.FromSeconds(1);

    /// <summary>How the names of raft's snapshot files end before they are whole, and how those of images begin.</summary>
    private const string SnapshotSuffix = ".snap.tmp";
    private const string ImagePrefix = "tmp";

    /// <summary>The store's file.</summary>
    private const string Database = "db";

    private readonly string logs = Path.GetFullPath(logDirectory);
    private readonly string snapshots = Path.GetFullPath(snapshotDirectory);

    /// <inheritdoc/>
    public IDiskFile Open(string path, DiskOpenMode mode)
    {
        IDiskFile file = disk.Open(path, mode);
        string directory = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string name = Path.GetFileName(path);
        if (directory == logs)
        {
            return new MeteredFile(file, metrics.LogFlush, metrics.LogWrite, metrics.LogBytes)
            {
                Flushed = NoteLogFlush,
                Wrote = flight.Log.Wrote,
            };
        }

        if (directory == snapshots && name == Database)
        {
            return new MeteredFile(file) { Flushed = NoteDatabaseFlush, Wrote = flight.Database.Wrote };
        }

        Histogram? flushes = directory != snapshots ? null
            : name.EndsWith(SnapshotSuffix, StringComparison.Ordinal) ? metrics.SnapshotFlush
            : name.StartsWith(ImagePrefix, StringComparison.Ordinal) ? metrics.ImageFlush
            : null;
        return flushes is null ? file : new MeteredFile(file, flushes);
    }

    /// <inheritdoc/>
    public bool FileExists(string path) => disk.FileExists(path);

    /// <inheritdoc/>
    public bool DirectoryExists(string path) => disk.DirectoryExists(path);

    /// <inheritdoc/>
    public void CreateDirectory(string path) => disk.CreateDirectory(path);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory) => disk.List(directory);

    /// <inheritdoc/>
    public void Rename(string from, string to) => disk.Rename(from, to);

    /// <inheritdoc/>
    public void Delete(string path) => disk.Delete(path);

    /// <inheritdoc/>
    public void FlushDirectory(string path) => disk.FlushDirectory(path);

    private void NoteDatabaseFlush(TimeSpan took) =>
        flight.Database.Flushed(flight.Clock.Now, took.Ticks * TimeSpan.NanosecondsPerTick);

    private void NoteLogFlush(TimeSpan took)
    {
        flight.Log.Flushed(flight.Clock.Now, took.Ticks * TimeSpan.NanosecondsPerTick);
        if (took > SlowFlush)
        {
            log.FlushedSlowly(took, SlowFlush);
        }
    }

    /// <summary>A flush without a write before it has no more to do than to reserve room, and is nobody's wait.</summary>
    private sealed class MeteredFile(
        IDiskFile file, Histogram? flushes = null, Histogram? writes = null, Counter? bytesWritten = null) : IDiskFile
    {
        private bool hasWritten;

        /// <summary>Hears how long each flush took; null where nobody wants to know.</summary>
        public Action<TimeSpan>? Flushed { get; init; }

        /// <summary>Hears how many bytes were written; null where nobody wants to know.</summary>
        public Action<long>? Wrote { get; init; }

        public string Path => file.Path;

        public long Length => file.Length;

        public int ReadAt(long offset, Span<byte> buffer) => file.ReadAt(offset, buffer);

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            long began = Stopwatch.GetTimestamp();
            file.WriteAt(offset, bytes);
            Note(bytes.Length, began);
        }

        public void WriteAt(long offset, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
        {
            long began = Stopwatch.GetTimestamp();
            file.WriteAt(offset, buffers);
            Note(buffers.Sum(static buffer => (long)buffer.Length), began);
        }

        public void SetLength(long length) => file.SetLength(length);

        public void Preallocate(long length) => file.Preallocate(length);

        public void Flush()
        {
            long began = Stopwatch.GetTimestamp();
            file.Flush();
            if (hasWritten)
            {
                hasWritten = false;
                TimeSpan took = Observe(flushes, began);
                Flushed?.Invoke(took);
            }
        }

        public IDiskMapping Map(long length) => file.Map(length);

        public void Dispose() => file.Dispose();

        private void Note(long bytes, long began)
        {
            hasWritten = true;
            bytesWritten?.Add(bytes);
            Wrote?.Invoke(bytes);
            if (writes is not null)
            {
                _ = Observe(writes, began);
            }
        }

        private static TimeSpan Observe(Histogram? histogram, long began)
        {
            TimeSpan took = Stopwatch.GetElapsedTime(began);
            histogram?.Observe(took.Ticks * TimeSpan.NanosecondsPerTick);
            return took;
        }
    }
}
