using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Engine.Starting;
using Netcd.Protocol.Errors;
using Netcd.Server.Peers.Serving;

namespace Netcd.Server.Peers;

/// <summary>Questions to other members, on their peer ports.</summary>
internal sealed class PeerClient : IDisposable
{
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(10);

    /// <summary>How long the others are asked at a first start, as in etcd: most often they are not there yet.</summary>
    private static readonly TimeSpan FirstStartTime = TimeSpan.FromSeconds(1);

    private readonly HttpClient http;

    /// <param name="createHandler">Makes the handler that connects, with certificates where peers speak TLS.</param>
    public PeerClient(Func<Action<SocketsHttpHandler>, HttpMessageHandler> createHandler)
    {
        HttpMessageHandler handler = createHandler(static handler =>
        {
            handler.AllowAutoRedirect = false;
            handler.UseProxy = false;
            handler.ConnectTimeout = TimeSpan.FromSeconds(2);
        });
        http = new HttpClient(handler) { Timeout = AnswerTime, MaxResponseContentBufferSize = PeerLimits.AnswerBytes };
    }

    /// <summary>Asks the running cluster, member after member, for this member's place in it.</summary>
    /// <exception cref="NodeStartException">None answers, or it is another cluster.</exception>
    public async Task<RunningCluster> JoinAsync(NodeOptions options, ILogger log, CancellationToken cancellation)
    {
        (ulong, List<Member>)? cluster = await AskForClusterAsync(
            options, log.FailedToGetCluster, cancellation).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        (ulong clusterId, List<Member> members) = cluster ?? throw new NodeStartException(
            "cannot fetch cluster info from peer urls: could not retrieve cluster information from the given URLs");
        return ClusterJoin.Match(options.Name, options.InitialCluster, clusterId, members);
    }

    /// <summary>
    /// Refuses to begin a member that the running cluster knows as started: its votes and its log are gone with its directory,
    /// and under its old id it could vote twice in a term. It is to be removed, and added as a new one.
    /// </summary>
    /// <exception cref="NodeStartException">The member has served this cluster before.</exception>
    public async Task RequireFirstStartAsync(NodeOptions options, CancellationToken cancellation)
    {
        if (!options.InitialCluster.TryGetValue(options.Name, out IReadOnlyList<string>? urls))
        {
            return;
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(FirstStartTime);
        ulong id = Member.IdOf(urls, options.InitialClusterToken);
        (ulong, List<Member> Members)? cluster = await AskForClusterAsync(options, static (_, _) => { }, limit.Token).ConfigureAwait(false);
        cancellation.ThrowIfCancellationRequested();
        if (cluster?.Members.Find(member => member.Id == id) is { ClientUrls.Count: > 0 })
        {
            throw new NodeStartException(string.Create(CultureInfo.InvariantCulture, $"member {id:x} has already been bootstrapped"));
        }
    }

    /// <summary>What the member at these URLs runs; null where none answers.</summary>
    public async Task<MemberProgram?> ProgramAsync(IReadOnlyList<string> urls, CancellationToken cancellation)
    {
        foreach (string url in urls)
        {
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(new Uri(new Uri(url), "/version"), cancellation)
                    .ConfigureAwait(false);
                answer.EnsureSuccessStatusCode();
                using JsonDocument document = JsonDocument.Parse(
                    await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
                if (Version.TryParse(document.RootElement.GetProperty("etcdserver").GetString(), out Version? version))
                {
                    return new MemberProgram(version, answer.Headers.Contains(PeerHeaders.NetcdVersion));
                }
            }
            catch (Exception failure) when (IsNoAnswer(failure, cancellation))
            {
                // The next URL may be reached.
            }
        }

        return null;
    }

    /// <summary>Asks the leader to give a learner a vote.</summary>
    /// <exception cref="EtcdException">The leader refuses, or does not answer.</exception>
    public async Task PromoteAsync(IReadOnlyList<string> urls, ulong id, CancellationToken cancellation)
    {
        foreach (string url in urls)
        {
            try
            {
                Uri call = new(new Uri(url), MemberRequests.PromotePrefix + id.ToString(CultureInfo.InvariantCulture));
                using HttpResponseMessage answer = await http.PostAsync(call, null, cancellation).ConfigureAwait(false);
                string text = await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }

                throw Refusal(answer.StatusCode, text).ToException();
            }
            catch (Exception failure) when (IsNoAnswer(failure, cancellation))
            {
                // The next URL may be reached.
            }
        }

        throw EtcdErrors.Timeout.ToException();
    }

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    /// <summary>The running cluster as the first member that answers describes it; null where none does.</summary>
    private async Task<(ulong ClusterId, List<Member> Members)?> AskForClusterAsync(
        NodeOptions options, Action<string, string> unanswered, CancellationToken cancellation)
    {
        foreach (string url in ClusterJoin.UrlsToAsk(options))
        {
            try
            {
                using HttpResponseMessage answer = await http.GetAsync(new Uri(new Uri(url), "/members"), cancellation)
                    .ConfigureAwait(false);
                answer.EnsureSuccessStatusCode();
                List<Member> members = ReadMembers(await answer.Content.ReadAsByteArrayAsync(cancellation).ConfigureAwait(false));
                string id = PeerHeaders.First(answer.Headers, PeerHeaders.ClusterId);
                if (members.Count > 0 && PeerHeaders.TryId(id, out ulong clusterId))
                {
                    return (clusterId, members);
                }

                unanswered(url, "it does not tell its cluster");
            }
            catch (Exception failure) when (IsUnreachable(failure))
            {
                unanswered(url, failure.Message);
            }

            if (cancellation.IsCancellationRequested)
            {
                break;
            }
        }

        return null;
    }

    private static EtcdError Refusal(HttpStatusCode status, string text) => status switch
    {
        HttpStatusCode.NotFound => EtcdErrors.MemberNotFound,
        HttpStatusCode.PreconditionFailed when text.Contains(EtcdErrors.LearnerNotReady.Message, StringComparison.Ordinal) =>
            EtcdErrors.LearnerNotReady,
        HttpStatusCode.PreconditionFailed when text.Contains(MemberRequests.NotLearner, StringComparison.Ordinal) =>
            EtcdErrors.MemberNotLearner,
        HttpStatusCode.RequestTimeout => EtcdErrors.Timeout,
        _ => EtcdErrors.NotLeader,
    };

    private static bool IsNoAnswer(Exception failure, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested && IsUnreachable(failure);

    private static bool IsUnreachable(Exception failure) =>
        failure is HttpRequestException or TaskCanceledException or IOException or JsonException or UriFormatException
            or KeyNotFoundException or InvalidOperationException;

    private static List<Member> ReadMembers(byte[] json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return [.. document.RootElement.EnumerateArray().Select(member => Member.FromJson(Encoding.UTF8.GetBytes(member.GetRawText())))];
    }
}

/// <summary>What a member runs.</summary>
/// <param name="Version">The version of etcd that it is, or is like.</param>
/// <param name="IsNetcd">Whether it is this program, in whatever version.</param>
internal sealed record MemberProgram(Version Version, bool IsNetcd);
