using System.Runtime.CompilerServices;
using Netcd.Client.Connecting;
using Netcd.Protocol.V3;

namespace Netcd.Client.Keys;

/// <summary>
/// Reads a range in pieces, all at the revision of the first one. That is always a page: it says the revision, from which any other piece
/// can be read at any member, and it is all that a small range needs.
/// </summary>
internal sealed class Scanner(EtcdConnection connection)
{
    // One member without the call is enough to think that the cluster does not have it: pages are always right.
    private volatile bool hasNoStreams;

    public async IAsyncEnumerable<RangeResult> PagesAsync(
        KeyRange range, ScanOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (options.PageSize <= 0)
        {
            throw new ArgumentException($"PageSize must be above zero, not {options.PageSize}");
        }

        RangeRequest request = Requests.Range(
            range, new RangeOptions { Revision = options.Revision, Serializable = options.Serializable, KeysOnly = options.KeysOnly });
        request.Limit = options.PageSize;
        while (true)
        {
            RangeResponse answer = await connection.ReadAsync(KeyCalls.Range, request, null, cancel).ConfigureAwait(false);
            yield return Answers.Of(answer);
            if (!answer.More || answer.Kvs.Count == 0)
            {
                yield break;
            }

            Continue(request, request.Revision != 0 ? request.Revision : answer.Header.Revision, answer.Kvs[^1].Key.Memory);
        }
    }

    public async IAsyncEnumerable<KeyValue> ScanAsync(
        KeyRange range, ScanOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        ReadOnlyMemory<byte>? last = null;
        long revision = options.Revision;
        await foreach (RangeResult page in PagesAsync(range, options, cancel).ConfigureAwait(false))
        {
            foreach (KeyValue found in page.KeyValues)
            {
                yield return found;
            }

            if (!page.HasMore || page.KeyValues.Count == 0)
            {
                yield break;
            }

            if (!hasNoStreams)
            {
                last = page.KeyValues[^1].Key;
                revision = revision != 0 ? revision : page.Header.Revision;
                break;
            }
        }

        RangeRequest rest = Requests.Range(range, new RangeOptions { KeysOnly = options.KeysOnly });
        Continue(rest, revision, last!.Value);
        await foreach (KeyValue found in StreamAsync(rest, options, cancel).ConfigureAwait(false))
        {
            yield return found;
        }
    }

    /// <summary>A range over a stream, put together.</summary>
    public async Task<RangeResponse> RangeAsync(RangeRequest request, TimeSpan? timeout, CancellationToken cancel)
    {
        DateTime? deadline = connection.DeadlineOf(timeout);
        RangeResponse? whole = null;
        for (int failures = 0; whole is null; failures++)
        {
            whole = await TryRangeAsync(request, failures, deadline, cancel).ConfigureAwait(false);
        }

        return whole;
    }

    /// <summary>Gives null where the stream is lost, and may be opened again now.</summary>
    private async Task<RangeResponse?> TryRangeAsync(
        RangeRequest request, int failures, DateTime? deadline, CancellationToken cancel)
    {
        using EtcdReadStream<RangeStreamResponse> stream =
            await connection.OpenReadStreamAsync(KeyCalls.RangeStream, request, null, deadline, cancel).ConfigureAwait(false);
        RangeResponse whole = new();
        while (true)
        {
            (RangeStreamResponse? piece, bool isLost) = await NextAsync(stream, failures, deadline, cancel).ConfigureAwait(false);
            if (piece is null)
            {
                return isLost ? null : whole;
            }

            whole.MergeFrom(piece.RangeResponse);
        }
    }

    /// <summary>The rest of a range over streams: as many as connections are lost. By pages where the server has none.</summary>
    private async IAsyncEnumerable<KeyValue> StreamAsync(
        RangeRequest rest, ScanOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (int failures = 0; !hasNoStreams;)
        {
            EtcdReadStream<RangeStreamResponse> stream =
                await connection.OpenReadStreamAsync(KeyCalls.RangeStream, rest, null, null, cancel).ConfigureAwait(false);
            using (stream)
            {
                while (true)
                {
                    (RangeStreamResponse? piece, bool isLost) = await NextOfScanAsync(stream, failures, cancel).ConfigureAwait(false);
                    if (isLost)
                    {
                        failures++;
                        break;
                    }

                    if (piece is null)
                    {
                        yield break;
                    }

                    failures = 0;
                    foreach (Protocol.V3.KeyValue found in piece.RangeResponse.Kvs)
                    {
                        yield return found.ToKeyValue();
                        Continue(rest, rest.Revision, found.Key.Memory);
                    }
                }
            }
        }

        KeyRange range = KeyRange.Between(rest.Key.Memory, rest.RangeEnd.Memory);
        await foreach (RangeResult page in PagesAsync(range, options with { Revision = rest.Revision }, cancel).ConfigureAwait(false))
        {
            foreach (KeyValue found in page.KeyValues)
            {
                yield return found;
            }
        }
    }

    /// <summary>As <see cref="NextAsync"/>; a member that has no streams is no failure, but noted.</summary>
    private async Task<(RangeStreamResponse? Piece, bool IsLost)> NextOfScanAsync(
        EtcdReadStream<RangeStreamResponse> stream, int failures, CancellationToken cancel)
    {
        try
        {
            return await NextAsync(stream, failures, null, cancel).ConfigureAwait(false);
        }
        catch (EtcdException missing) when (missing.Code == EtcdStatusCode.Unimplemented)
        {
            hasNoStreams = true;
            return (null, true);
        }
    }

    /// <summary>The next piece, null at the end; or that the stream is lost, and may be opened again now.</summary>
    /// <exception cref="EtcdException">It is lost for good, or there is no time to open it again.</exception>
    private async Task<(RangeStreamResponse? Piece, bool IsLost)> NextAsync(
        EtcdReadStream<RangeStreamResponse> stream, int failures, DateTime? deadline, CancellationToken cancel)
    {
        try
        {
            return (await stream.ReadAsync().ConfigureAwait(false), false);
        }
        catch (EtcdAuthenticationException) when (failures == 0)
        {
            await connection.RenewTokenAsync(stream.Headers, cancel).ConfigureAwait(false);
            return (null, true);
        }
        catch (EtcdUnavailableException) when (failures < connection.Options.MaxRetries)
        {
            TimeSpan pause = connection.PauseBefore(failures + 1);
            if (DateTime.UtcNow + pause >= deadline)
            {
                throw;
            }

            await Task.Delay(pause, cancel).ConfigureAwait(false);
            return (null, true);
        }
    }

    /// <summary>Makes of a request that for what comes behind a key. A member's own state may lag behind the revision: it is asked no
    /// more.</summary>
    private static void Continue(RangeRequest request, long revision, ReadOnlyMemory<byte> last)
    {
        byte[] next = new byte[last.Length + 1];
        last.Span.CopyTo(next);
        request.Key = new ReadOnlyMemory<byte>(next).ToBytes();
        request.Revision = revision;
        request.Serializable = false;
    }
}
