using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;
using Netcd.Server.Running;

namespace Netcd.Server.Gateway;

/// <summary>
/// The requests of a call: JSON values that come one after the other, in pieces of any size. What it costs is in proportion to
/// their bytes, and no more of them is held than one request may have.
/// </summary>
/// <param name="body">Where they come from.</param>
/// <param name="maxMessageBytes">Bytes of a request as a message.</param>
/// <param name="patience">How long the one request of a call may take; null for a connection that may be silent for as long as it
/// likes.</param>
internal sealed class JsonRequests(PipeReader body, int maxMessageBytes, CoarseTimeout? patience = null)
{
    /// <summary>Bytes of one request's JSON: base64 makes four of three, and names, quotes and spaces come on top.</summary>
    private readonly long maxValueBytes = (2L * maxMessageBytes) + (64 * 1024);

    private JsonFraming extent;
    private long checkedBytes;

    /// <summary>Reads the next request; null where there is no more.</summary>
    /// <exception cref="GatewayException">It is not such a message, or too large.</exception>
    public async ValueTask<T?> ReadAsync<T>(CancellationToken cancellation = default)
        where T : class, IMessage, new()
    {
        while (true)
        {
            ReadResult result = await body.ReadAsync(cancellation).ConfigureAwait(false);
            ReadOnlySequence<byte> text = result.Buffer;
            SequencePosition used = text.Start;
            SequencePosition seen = text.End;
            try
            {
                if (TryRead(text, result.IsCompleted, out T? request))
                {
                    seen = used = text.GetPosition(extent.Length);
                    return request;
                }

                if (!extent.HasBegun)
                {
                    used = text.End;
                }
            }
            finally
            {
                if (!used.Equals(text.Start))
                {
                    extent = default;
                    checkedBytes = 0;
                }

                body.AdvanceTo(used, seen);
            }

            if (result.IsCompleted || result.IsCanceled)
            {
                return null;
            }
        }
    }

    /// <summary>
    /// Reads the one request of a call; null where there is none. Where the body ends by itself it must come: one that was begun and not
    /// ended would hold its connection for ever.
    /// </summary>
    /// <exception cref="GatewayException">It is not such a message, or too large.</exception>
    /// <exception cref="IOException">Nothing came for long.</exception>
    public async ValueTask<T?> ReadOnlyAsync<T>(CancellationToken cancellation)
        where T : class, IMessage, new()
    {
        if (patience is null)
        {
            return await ReadAsync<T>(cancellation).ConfigureAwait(false);
        }

        CancellationToken over = patience.Begin();
        T? request;
        using (over.UnsafeRegister(static requests => ((JsonRequests)requests!).Cancel(), this))
        {
            request = await ReadAsync<T>(cancellation).ConfigureAwait(false);
        }

        return request is null && over.IsCancellationRequested ? throw new IOException("the client sends nothing") : request;
    }

    /// <summary>Has the read that waits, or the next one, find no more.</summary>
    public void Cancel() => body.CancelPendingRead();

    private bool TryRead<T>(ReadOnlySequence<byte> text, bool isWhole, out T? request)
        where T : class, IMessage, new()
    {
        request = null;
        bool isFound = extent.Advance(text);
        if (extent.Length > maxValueBytes)
        {
            throw GatewayException.TooLarge(extent.Length, maxMessageBytes);
        }

        // An error is reported before the end is there, but not looked for again and again in the same bytes.
        if (!extent.HasBegun || (!isFound && !isWhole && extent.Length < 2 * checkedBytes))
        {
            return false;
        }

        checkedBytes = extent.Length;
        ReadOnlySequence<byte> value = text.Slice(0, extent.Length);
        return TryRead(value.IsSingleSegment ? value.FirstSpan : value.ToArray(), isWhole, out request);
    }

    private bool TryRead<T>(ReadOnlySpan<byte> text, bool isWhole, out T? request)
        where T : class, IMessage, new()
    {
        request = null;
        string? error = JsonScanner.FindValue(text, out ReadOnlySpan<byte> value);
        if (error == JsonScanner.UnexpectedEnd && !isWhole)
        {
            return false;
        }

        if (error is not null)
        {
            throw new GatewayException(StatusCode.InvalidArgument, error);
        }

        request = new T();
        MessageReader.ReadValue(value, request);
        int bytes = request.CalculateSize();
        return bytes <= maxMessageBytes ? true : throw GatewayException.TooLarge(bytes, maxMessageBytes);
    }
}
