using System.Buffers;
using Microsoft.Extensions.Logging;

namespace Netcd.Server.Auth;

/// <summary>Bounds of the audit log.</summary>
/// <param name="MaxPendingBytes">Lines that wait to be written; those that find no room are dropped and counted.</param>
/// <param name="RetryDelay">After a failure to write.</param>
/// <param name="StopTimeout">How long the rest may take to be written at the end.</param>
internal sealed record AuditLogOptions(int MaxPendingBytes, TimeSpan RetryDelay, TimeSpan StopTimeout)
{
    public static AuditLogOptions Default { get; } = new(4 * 1024 * 1024, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
}

/// <summary>
/// The audit log (<c>--audit-log</c>): a line of JSON for each call. A thread of its own writes them; a call never waits for it. What
/// finds no room is counted, and a line says so once there is room again.
/// </summary>
internal sealed class AuditLog : IDisposable
{
    private readonly AuditOutput output;
    private readonly AuditLogOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly Thread writer;
    private readonly Lock gate = new();
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly ManualResetEventSlim stop = new();
    private Batch pending = new();
    private Batch writing = new();
    private long unreported;
    private long dropped;
    private long failures;
    private bool isStopped;

    /// <param name="output">Where lines go; it is disposed of here.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="log">Where a failure is reported.</param>
    public AuditLog(AuditOutput output, AuditLogOptions options, TimeProvider clock, ILogger log)
    {
        this.output = output;
        this.options = options;
        this.clock = clock;
        this.log = log;
        writer = new Thread(Run) { Name = "audit log", IsBackground = true };
        writer.Start();
    }

    /// <summary>Records that were not written, since the start.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    /// <summary>Attempts to write that failed, since the start.</summary>
    public long Failures => Interlocked.Read(ref failures);

    /// <summary>Opens the log: a file's path, or <c>stdout</c>.</summary>
    /// <exception cref="IOException">It cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static AuditLog Open(string target, TimeProvider clock, ILogger log)
    {
        AuditOutput output = target == "stdout" ? new AuditStream(Console.OpenStandardOutput()) : new AuditFile(target);

        // Nothing, so that a file that cannot be opened is found now.
        output.Write([]);
        return new AuditLog(output, AuditLogOptions.Default, clock, log);
    }

    /// <summary>Takes a record. What it holds is copied before this returns.</summary>
    public void Write(in AuditRecord record)
    {
        ReadOnlySpan<byte> line = AuditLine.Of(record);
        lock (gate)
        {
            if (isStopped || pending.Bytes + line.Length > options.MaxPendingBytes)
            {
                unreported++;
                Interlocked.Increment(ref dropped);
                return;
            }

            bool wasEmpty = pending.Bytes == 0;
            pending.Add(line);
            if (wasEmpty)
            {
                wake.Set();
            }
        }
    }

    /// <summary>Writes what is still there, as far as that can be done in time.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (isStopped)
            {
                return;
            }

            isStopped = true;
        }

        stop.Set();
        wake.Set();
        if (writer.Join(options.StopTimeout))
        {
            wake.Dispose();
            stop.Dispose();
        }
    }

    private void Run()
    {
        bool isLast;
        do
        {
            wake.WaitOne();
            isLast = stop.IsSet;
            while (TakeBatch())
            {
                WriteBatch();
            }
        }
        while (!isLast);

        try
        {
            output.Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            log.FailedToWriteAuditLog(failure.Message);
        }
    }

    private bool TakeBatch()
    {
        long missing;
        lock (gate)
        {
            (pending, writing) = (writing, pending);
            missing = unreported;
            unreported = 0;
        }

        // After the lines that found room, and before those that find some again.
        if (missing > 0)
        {
            writing.Add(AuditLine.OfDropped(clock.GetUtcNow(), missing), records: 0);
        }

        return writing.Bytes > 0;
    }

    /// <summary>Writes the batch, again and again while that fails, until the end of the log.</summary>
    private void WriteBatch()
    {
        bool isReported = false;
        while (true)
        {
            try
            {
                output.Write(writing.Lines);
                break;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                Interlocked.Increment(ref failures);
                if (!isReported)
                {
                    log.FailedToWriteAuditLog(failure.Message);
                    isReported = true;
                }
            }

            if (stop.Wait(options.RetryDelay))
            {
                Interlocked.Add(ref dropped, writing.Records);
                break;
            }
        }

        writing.Clear();
    }

    /// <summary>Lines side by side in memory that is used again.</summary>
    private sealed class Batch
    {
        private readonly ArrayBufferWriter<byte> lines = new();

        public int Bytes => lines.WrittenCount;

        public int Records { get; private set; }

        public ReadOnlySpan<byte> Lines => lines.WrittenSpan;

        public void Add(ReadOnlySpan<byte> line, int records = 1)
        {
            lines.Write(line);
            Records += records;
        }

        public void Clear()
        {
            lines.ResetWrittenCount();
            Records = 0;
        }
    }
}
