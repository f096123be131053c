using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Netcd.Engine.Membership;
using Netcd.Protocol.Errors;
using Netcd.Server.Http;
using Netcd.Server.Monitoring;

namespace Netcd.Server.Peers.Serving;

/// <summary>What members ask each other about the cluster.</summary>
internal sealed class MemberRequests(PeerServerOptions options, ILogger log)
{
    public const string PromotePrefix = "/members/promote/";

    // How etcd names these between members: other words than to clients.
    public const string UnknownId = "membership: ID not found";
    public const string NotLearner = "membership: can only promote a learner member";

    // What the store's errors begin with when they are sent to clients, and not to members.
    private const string ClientPrefix = "etcdserver: ";

    /// <summary>The versions of this member and of the cluster.</summary>
    public static async Task VersionAsync(HttpContext http, PeerContext link)
    {
        if (await PeerReply.HasMethodAsync(http, HttpMethods.Get).ConfigureAwait(false))
        {
            http.Response.Headers[PeerHeaders.NetcdVersion] = ServerIdentity.NetcdVersion;
            await StatusEndpoints.WriteVersionAsync(http, link.Events.Members.ClusterVersion).ConfigureAwait(false);
        }
    }

    /// <summary>The members as this member knows them.</summary>
    public static async Task ListAsync(HttpContext http, PeerContext link)
    {
        if (await PeerReply.HasMethodAsync(http, HttpMethods.Get).ConfigureAwait(false))
        {
            PeerReply.WriteClusterHeader(http, link);
            await WriteMembersAsync(http, link.Events.Members.Members).ConfigureAwait(false);
        }
    }

    /// <summary>Gives a learner a vote on behalf of a follower that was asked to.</summary>
    public async Task PromoteAsync(HttpContext http, PeerContext link, string path)
    {
        if (options.PromoteAsync is not { } promote)
        {
            await PeerReply.NotFoundAsync(http).ConfigureAwait(false);
            return;
        }

        if (!await PeerReply.HasMethodAsync(http, HttpMethods.Post).ConfigureAwait(false))
        {
            return;
        }

        PeerReply.WriteClusterHeader(http, link);
        string text = path[PromotePrefix.Length..];
        if (!ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong id))
        {
            await PlainText.WriteAsync(http, StatusCodes.Status404NotFound, $"member {text} not found in cluster").ConfigureAwait(false);
            return;
        }

        try
        {
            string token = PeerHeaders.First(http.Request.Headers.Authorization);
            IReadOnlyList<Member> members = await promote(id, token.Length > 0 ? token : null, http.RequestAborted).ConfigureAwait(false);
            await WriteMembersAsync(http, members).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            log.FailedToPromote(new HexId(id), failure.Message);
            await RefusePromotionAsync(http, failure.Error).ConfigureAwait(false);
        }
    }

    /// <summary>Whether a downgrade is under way.</summary>
    public async Task DowngradeAsync(HttpContext http, PeerContext link)
    {
        if (options.IsDowngradeEnabledAsync is not { } isEnabled)
        {
            await PeerReply.NotFoundAsync(http).ConfigureAwait(false);
            return;
        }

        if (!await PeerReply.HasMethodAsync(http, HttpMethods.Get).ConfigureAwait(false))
        {
            return;
        }

        PeerReply.WriteClusterHeader(http, link);
        try
        {
            byte[] answer = await isEnabled(http.RequestAborted).ConfigureAwait(false) ? "true"u8.ToArray() : "false"u8.ToArray();
            await PeerReply.WriteAsync(http, "text/plain", answer).ConfigureAwait(false);
        }
        catch (EtcdException failure)
        {
            await PlainText.WriteAsync(http, StatusCodes.Status500InternalServerError, "failed linearized read: " + failure.Message)
                .ConfigureAwait(false);
        }
    }

    /// <summary>The hash of the keys at a revision, to find members that differ.</summary>
    public async Task HashAsync(HttpContext http, PeerContext link)
    {
        if (options.HashKvAsync is not { } hash)
        {
            await PeerReply.NotFoundAsync(http).ConfigureAwait(false);
            return;
        }

        if (!await PeerReply.HasMethodAsync(http, HttpMethods.Get).ConfigureAwait(false))
        {
            return;
        }

        string cluster = PeerHeaders.First(http.Request.Headers[PeerHeaders.ClusterId]);
        if (cluster.Length > 0 && cluster != PeerHeaders.Hex(link.Events.ClusterId))
        {
            await PlainText.WriteAsync(http, StatusCodes.Status412PreconditionFailed, PeerHeaders.ClusterIdMismatch).ConfigureAwait(false);
            return;
        }

        string refusal = "error reading body";
        long revision = 0;
        try
        {
            if (await PeerReply.ReadBodyAsync(http, PeerLimits.HashBodyBytes, PeerLimits.BodySilence).ConfigureAwait(false) is { } body)
            {
                refusal = "error unmarshalling request";
                revision = ReadRevision(body);
                PeerHash found = await hash(revision, http.RequestAborted).ConfigureAwait(false);
                PeerReply.WriteClusterHeader(http, link);
                await PeerReply.WriteAsync(http, "application/json", WriteHash(found)).ConfigureAwait(false);
                return;
            }
        }
        catch (EtcdException failure)
        {
            log.FailedToHash(revision, failure.Message);
            refusal = failure.Message.Replace(ClientPrefix, "", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException or JsonException)
        {
            log.FailedToReadHashRequest(failure.Message);
        }

        await PlainText.WriteAsync(http, StatusCodes.Status400BadRequest, refusal).ConfigureAwait(false);
    }

    private static Task RefusePromotionAsync(HttpContext http, EtcdError error)
    {
        if (error == EtcdErrors.MemberNotFound)
        {
            return PlainText.WriteAsync(http, StatusCodes.Status404NotFound, UnknownId);
        }

        if (error == EtcdErrors.MemberNotLearner)
        {
            return PlainText.WriteAsync(http, StatusCodes.Status412PreconditionFailed, NotLearner);
        }

        return error == EtcdErrors.LearnerNotReady
            ? PlainText.WriteAsync(http, StatusCodes.Status412PreconditionFailed, error.Message)
            : PeerReply.WriteJsonErrorAsync(http, StatusCodes.Status500InternalServerError, "Internal Server Error");
    }

    private static Task WriteMembersAsync(HttpContext http, IEnumerable<Member> members)
    {
        IEnumerable<string> items = members
            .OrderBy(member => member.PeerUrls.Count > 0 ? member.PeerUrls[0] : "", StringComparer.Ordinal)
            .Select(member => Encoding.UTF8.GetString(member.ToJson()));
        return PeerReply.WriteAsync(http, "application/json", Encoding.UTF8.GetBytes("[" + string.Join(',', items) + "]\n"));
    }

    private static long ReadRevision(ReadOnlyMemory<byte> body)
    {
        using JsonDocument document = JsonDocument.Parse(body);
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("not an object");
        }

        if (!root.TryGetProperty("revision", out JsonElement field))
        {
            return 0;
        }

        return field.ValueKind == JsonValueKind.Number && field.TryGetInt64(out long revision)
            ? revision
            : throw new JsonException("the revision is not a number");
    }

    /// <summary>As Go writes its structure: numbers that are zero are left out.</summary>
    private static ReadOnlyMemory<byte> WriteHash(PeerHash hash)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("header");
            WriteUnlessZero(json, "revision", hash.Revision);
            json.WriteEndObject();
            WriteUnlessZero(json, "hash", hash.Hash);
            WriteUnlessZero(json, "compact_revision", hash.CompactRevision);
            WriteUnlessZero(json, "hash_revision", hash.HashRevision);
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private static void WriteUnlessZero(Utf8JsonWriter json, string name, long value)
    {
        if (value != 0)
        {
            json.WriteNumber(name, value);
        }
    }
}
