using Microsoft.AspNetCore.Http;
using Netcd.Protocol.Errors;
using Netcd.Server.Http;

namespace Netcd.Server.Peers.Serving;

/// <summary>Leases, which only the leader knows the remaining time of: followers pass requests on to here.</summary>
internal sealed class LeaseRequests(PeerServerOptions options)
{
    public async Task HandleAsync(HttpContext http, string path)
    {
        if ((path == "/leases" ? options.RenewLeaseAsync : options.InspectLeaseAsync) is not { } call)
        {
            await PeerReply.NotFoundAsync(http).ConfigureAwait(false);
            return;
        }

        if (!await PeerReply.HasMethodAsync(http, HttpMethods.Post).ConfigureAwait(false))
        {
            return;
        }

        (int status, string refusal) = await AnswerAsync(http, call).ConfigureAwait(false);
        if (refusal == EtcdErrors.NotPrimaryLessor.Message && path != "/leases")
        {
            status = StatusCodes.Status500InternalServerError;
        }

        if (status != StatusCodes.Status200OK)
        {
            await PlainText.WriteAsync(http, status, refusal).ConfigureAwait(false);
        }
    }

    private static async ValueTask<(int Status, string Refusal)> AnswerAsync(
        HttpContext http, Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask<byte[]>> call)
    {
        try
        {
            if (await PeerReply.ReadBodyAsync(http, PeerLimits.LeaseBodyBytes, PeerLimits.BodySilence)
                .ConfigureAwait(false) is not { } body)
            {
                return (StatusCodes.Status413PayloadTooLarge, "request body too large");
            }

            byte[] answer = await call(body, http.RequestAborted).ConfigureAwait(false);
            await PeerReply.WriteAsync(http, "application/protobuf", answer).ConfigureAwait(false);
            return (StatusCodes.Status200OK, "");
        }
        catch (EtcdException failure) when (failure.Error == EtcdErrors.LeaseNotFound)
        {
            return (StatusCodes.Status404NotFound, "lease not found");
        }
        catch (EtcdException failure) when (failure.Error == EtcdErrors.Timeout || failure.Error == EtcdErrors.TimeoutWaitingForApply)
        {
            return (StatusCodes.Status408RequestTimeout, "waiting for node to catch up its applied index has timed out");
        }
        catch (EtcdException failure)
        {
            return (StatusCodes.Status400BadRequest, failure.Message);
        }
        catch (FormatException)
        {
            return (StatusCodes.Status400BadRequest, "error unmarshalling request");
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            return (StatusCodes.Status400BadRequest, "error reading body");
        }
    }
}
