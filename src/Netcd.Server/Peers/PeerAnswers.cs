using System.Net;
using System.Text;

namespace Netcd.Server.Peers;

/// <summary>What the answers of a peer mean.</summary>
internal static class PeerAnswers
{
    // Longer explanations than this are no peer's.
    private const int MaxExplanationBytes = 4 << 10;

    /// <summary>Checks the answer to a request for a stream.</summary>
    /// <exception cref="PeerRefusedException">There is no stream.</exception>
    public static async Task CheckStreamAsync(PeerContext link, HttpResponseMessage response, ulong peerId, CancellationToken cancellation)
    {
        if (!PeerVersion.TryParse(PeerHeaders.First(response.Headers, PeerHeaders.Version), out PeerVersion version)
            || version < PeerVersion.FirstWithStreams)
        {
            throw new PeerRefusedException("unsupported stream type");
        }

        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                return;
            case HttpStatusCode.Gone:
                link.Events.RemovedFromCluster();
                throw new PeerRefusedException("the member has been permanently removed from the cluster");
            case HttpStatusCode.NotFound:
                throw new PeerRefusedException(
                    $"peer {PeerHeaders.Hex(peerId)} failed to find local node {PeerHeaders.Hex(link.Events.MemberId)}");
            case HttpStatusCode.PreconditionFailed:
                throw await PreconditionAsync(link, response, cancellation).ConfigureAwait(false);
            default:
                throw new PeerRefusedException($"unhandled http status {(int)response.StatusCode}");
        }
    }

    /// <summary>Checks the answer to a message or a snapshot.</summary>
    /// <exception cref="PeerRefusedException">It was not taken.</exception>
    public static async Task CheckPostAsync(PeerContext link, HttpResponseMessage response, CancellationToken cancellation)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.NoContent:
                return;
            case HttpStatusCode.PreconditionFailed:
                throw await PreconditionAsync(link, response, cancellation).ConfigureAwait(false);
            case HttpStatusCode.Forbidden:
                string explanation = await ExplanationAsync(response, cancellation).ConfigureAwait(false);

                // The same status says that the message was meant for another member, which is no reason to stop.
                if (explanation.Contains("removed member", StringComparison.Ordinal))
                {
                    link.Events.RemovedFromCluster();
                }

                throw new PeerRefusedException(explanation);
            default:
                throw new PeerRefusedException(
                    $"unexpected http status {(int)response.StatusCode} while posting to \"{response.RequestMessage?.RequestUri}\"");
        }
    }

    private static async Task<PeerRefusedException> PreconditionAsync(
        PeerContext link, HttpResponseMessage response, CancellationToken cancellation)
    {
        string explanation = await ExplanationAsync(response, cancellation).ConfigureAwait(false);
        return explanation == PeerHeaders.ClusterIdMismatch
            ? new PeerRefusedException(
                $"{explanation}: the peer is of cluster {PeerHeaders.First(response.Headers, PeerHeaders.ClusterId)}, this member of "
                    + $"{PeerHeaders.Hex(link.Events.ClusterId)}")
            : new PeerRefusedException(explanation);
    }

    private static async Task<string> ExplanationAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        Stream body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        byte[] bytes = new byte[MaxExplanationBytes];
        int count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return Encoding.UTF8.GetString(bytes, 0, count).TrimEnd('\n');
    }
}
