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

    /// <summary>The rest of a range over streams: as many as connections are lost. By pages where the server has none.</summary>
    private async IAsyncEnumerable<KeyValue> StreamAsync(
        RangeRequest rest, ScanOptions options, [EnumeratorCancellation] CancellationToken cancel)
    {
        for (int failures = 0; !hasNoStreams;)
        {
            EtcdReadStream<RangeStreamResponse> stream =
                await connection.OpenReadStreamAsync(KeyCalls.RangeStream, rest, null, cancel).ConfigureAwait(false);
            using (stream)
            {
                while (true)
                {
                    (RangeStreamResponse? piece, bool isLost) = await NextAsync(stream, failures, cancel).ConfigureAwait(false);
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

    /// <summary>The next piece, null at the end; or that the stream is lost, and may be opened again now.</summary>
    private async Task<(RangeStreamResponse? Piece, bool IsLost)> NextAsync(
        EtcdReadStream<RangeStreamResponse> stream, int failures, CancellationToken cancel)
    {
        try
        {
            return (await stream.ReadAsync().ConfigureAwait(false), false);
        }
        catch (EtcdException missing) when (missing.Code == EtcdStatusCode.Unimplemented)
        {
            hasNoStreams = true;
            return (null, true);
        }
        catch (EtcdAuthenticationException) when (failures == 0)
        {
            await connection.RenewTokenAsync(stream.Headers, cancel).ConfigureAwait(false);
            return (null, true);
        }
        catch (EtcdUnavailableException) when (failures < connection.Options.MaxRetries)
        {
            await Task.Delay(connection.PauseBefore(failures + 1), cancel).ConfigureAwait(false);
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
