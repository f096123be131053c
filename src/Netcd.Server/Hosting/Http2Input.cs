using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Netcd.Server.Hosting;

/// <summary>
/// What a client sends over HTTP/2, as the server reads it: a bounded number of calls at a time, each time behind the work that waits
/// already where that is much (<see cref="PoolPressure"/>), and more slowly where it is what floods are made of
/// (<see cref="Http2Allowance"/>).
/// A connection is never closed for it: the bytes wait at the client. Only one that pings too often ends, as in gRPC
/// (<see cref="PingPolicy"/>).
/// </summary>
/// <remarks>Hot path: no allocation and no change of the thread for a read while the pool keeps up.</remarks>
internal sealed class Http2Input : PipeReader
{
    /// <summary>Calls that are let in at a time.</summary>
    private const int CallsAtOnce = 128;

    /// <summary>The same while much work waits.</summary>
    private const int CallsUnderPressure = 16;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly PipeReader inner;
    private readonly Http2Output output;
    private readonly PingPolicy pings;
    private readonly Http2Allowance allowance = new(Environment.TickCount64);
    private readonly Http2FrameScan scan;
    private ReadOnlySequence<byte> handed;
    private long unread;
    private int calls;
    private bool isUnderPressure;

    private Http2Input(PipeReader inner, Http2Output output, PingPolicy pings)
    {
        this.inner = inner;
        this.output = output;
        this.pings = pings;
        scan = new Http2FrameScan(allowance);
    }

    /// <summary>Has the connections of an endpoint that speak HTTP/2 be read so. To be called after what decrypts them is set up.</summary>
    /// <param name="listen">The endpoint.</param>
    /// <param name="leastPingTime">The least time between two pings of a client.</param>
    public static void Guard(ListenOptions listen, TimeSpan leastPingTime) => listen.Use(next => connection =>
    {
        bool isHttp2 = listen.Protocols == HttpProtocols.Http2
            || connection.Features.Get<ITlsApplicationProtocolFeature>()?.ApplicationProtocol.Span.SequenceEqual("h2"u8) == true;
        if (isHttp2)
        {
            Http2Output output = new(connection.Transport.Output);
            PingPolicy pings = new(leastPingTime);
            connection.Transport = new Guarded(new Http2Input(connection.Transport.Input, output, pings), output);
        }

        return next(connection);
    });

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (calls > 0)
        {
            isUnderPressure = PoolPressure.IsHigh(calls);
            calls = 0;
            if (isUnderPressure || allowance.Debt > TimeSpan.Zero)
            {
                return ReadLaterAsync(cancellationToken);
            }
        }

        ValueTask<ReadResult> read = inner.ReadAsync(cancellationToken);
        return read.IsCompletedSuccessfully ? ValueTask.FromResult(Admit(read.Result)) : AwaitAsync(read);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
        {
            return false;
        }

        result = Admit(result);
        return true;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        unread = consumed.Equals(handed.End) ? 0 : handed.Slice(consumed).Length;
        handed = default;
        inner.AdvanceTo(consumed, examined);
    }

    /// <inheritdoc/>
    public override void CancelPendingRead() => inner.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    /// <inheritdoc/>
    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> read) => Admit(await read.ConfigureAwait(false));

    private async ValueTask<ReadResult> ReadLaterAsync(CancellationToken cancellationToken)
    {
        TimeSpan debt = allowance.Debt;
        if (debt > TimeSpan.Zero)
        {
            await Task.Delay(debt < LongestPause ? debt : LongestPause, CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            // To the end of the pool's queue.
            await Task.Yield();
        }

        return Admit(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Hands over what has come in, up to as many calls as may be let in at a time.</summary>
    private ReadResult Admit(ReadResult read)
    {
        if (output.IsEnded)
        {
            throw new ConnectionAbortedException("the client pinged too often");
        }

        ReadOnlySequence<byte> buffer = read.Buffer;
        if (buffer.Length > unread)
        {
            long now = Environment.TickCount64;
            allowance.Advance(now);
            ReadOnlySequence<byte> fresh = unread == 0 ? buffer : buffer.Slice(unread);
            long scanned = scan.Scan(fresh, isUnderPressure ? CallsUnderPressure : CallsAtOnce, out calls);
            JudgePings(now);
            if (scanned < fresh.Length)
            {
                handed = buffer.Slice(0, unread + scanned);
                return new ReadResult(handed, read.IsCanceled, isCompleted: false);
            }
        }

        handed = buffer;
        return read;
    }

    private void JudgePings(long now)
    {
        if (pings.IsBroken)
        {
            return;
        }

        pings.Judge(now, scan.Pings, output.CallFrames);
        if (pings.IsBroken)
        {
            output.EndByTooManyPings(scan.NewestStream, inner.CancelPendingRead);
        }
    }

    private sealed class Guarded(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input { get; } = input;

        public PipeWriter Output { get; } = output;
    }
}
