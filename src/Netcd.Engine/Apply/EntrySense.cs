using System.Text.Json;
using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Member = Netcd.Engine.Membership.Member;

namespace Netcd.Engine.Apply;

/// <summary>
/// What log entries hold, and whether it makes sense. A leader takes no entry into its log that does not; one that is there all the same
/// (another program led) is passed over by every member, as all of them decide by its bytes alone. What etcd applies makes sense.
/// </summary>
internal static class EntrySense
{
    /// <summary>
    /// Messages nested in an entry. Well above what the transports accept (100), as an entry nests a request once more: what
    /// was accepted must never fail to be read from the log.
    /// </summary>
    private const int MaxNesting = 250;

    /// <summary>Fields that this version does not know change nothing that it keeps; the entry itself stays as it is in the log.</summary>
    private static readonly MessageParser<InternalRaftRequest> Requests = InternalRaftRequest.Parser.WithDiscardUnknownFields(true);

    /// <summary>Why no leader may take these entries into its log, or null.</summary>
    public static string? Fault(ReadOnlySpan<Entry> proposed)
    {
        foreach (ref readonly Entry entry in proposed)
        {
            string? fault = null;
            _ = entry.Type switch
            {
                EntryType.Normal => entry.Data.IsEmpty || TryReadRequest(entry.Data, out _, out fault),
                EntryType.ConfChange => TryReadChange(entry.Data, out _, out fault),
                _ => (fault = UnknownType(entry.Type)) is null,
            };
            if (fault is not null)
            {
                return fault;
            }
        }

        return null;
    }

    /// <summary>What is wrong with entries of a type that no etcd writes; joint changes of the membership are one of them.</summary>
    public static string UnknownType(EntryType type) => $"entries of type {(int)type} are not used";

    /// <summary>Reads the request that a normal entry holds.</summary>
    /// <param name="data">Not empty.</param>
    /// <param name="request">The request; an empty one where it fails.</param>
    /// <param name="fault">Why it makes no sense.</param>
    public static bool TryReadRequest(ReadOnlyMemory<byte> data, out InternalRaftRequest request, out string? fault)
    {
        try
        {
            request = Decode(data);
            fault = Fault(request);
            return fault is null;
        }
        catch (InvalidProtocolBufferException failure)
        {
            (request, fault) = (new InternalRaftRequest(), "no request: " + failure.Message);
            return false;
        }
    }

    /// <summary>Reads a change of the membership; what it carries is for the rules of the membership to judge.</summary>
    public static bool TryReadChange(ReadOnlyMemory<byte> data, out ConfChange change, out string? fault)
    {
        try
        {
            change = RaftWire.DecodeConfChange(data);
            // To remove one that cannot be is answered as for any other that there is not.
            bool cannotBe = change.NodeId is NodeId.None || MessageTypes.IsLocalStorage(change.NodeId);
            fault = cannotBe && change.Type != ConfChangeType.RemoveNode
                ? $"member {change.NodeId:x} cannot be"
                : change.Type is < ConfChangeType.AddNode or > ConfChangeType.AddLearnerNode
                    ? $"a change of type {(int)change.Type} is none"
                    : null;
            return fault is null;
        }
        catch (MalformedMessageException failure)
        {
            (change, fault) = (new ConfChange(), "no change of the membership: " + failure.Message);
            return false;
        }
    }

    /// <summary>Why a request cannot be applied by anybody, or null. Ordinary writes are judged when they are applied.</summary>
    public static string? Fault(InternalRaftRequest request)
    {
        if (request.ClusterMemberAttrSet is { MemberAttributes: null })
        {
            return "a member's attributes are missing";
        }

        if (request.ClusterVersionSet is { } version && !IsVersion(version.Ver))
        {
            return "no version of a cluster";
        }

        if (request.DowngradeInfoSet is { Enabled: true } downgrade && !IsVersion(downgrade.Ver))
        {
            return "no version to downgrade to";
        }

        return request.V2 is null ? null : FaultOfV2(request.V2);
    }

    /// <summary>The member's attributes that a request of the retired v2 store publishes.</summary>
    /// <exception cref="JsonException">There are none.</exception>
    public static Member ParseAttributes(ulong id, string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            List<string> urls = root.TryGetProperty("clientURLs", out JsonElement list) && list.ValueKind == JsonValueKind.Array
                ? [.. list.EnumerateArray().Select(url => url.GetString() ?? "")]
                : [];
            return new Member(id, root.TryGetProperty("name", out JsonElement name) ? name.GetString() ?? "" : "", [], urls, false);
        }
        catch (InvalidOperationException failure)
        {
            throw new JsonException("not a member's attributes: " + failure.Message, failure);
        }
    }

    /// <summary>Where a member's attributes are published in the retired v2 store.</summary>
    public static bool IsAttributesPath(string path, out ulong id)
    {
        id = 0;
        return path.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["0", "members", string hexId, "attributes"]
            && ulong.TryParse(hexId, System.Globalization.NumberStyles.HexNumber, null, out id);
    }

    /// <summary>Where the cluster's version is published in the retired v2 store.</summary>
    public static bool IsVersionPath(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) is ["0", "version"];

    /// <remarks>Hot path of a member that follows: what is read here costs no more than its message.</remarks>
    private static InternalRaftRequest Decode(ReadOnlyMemory<byte> data)
    {
        try
        {
            return Requests.ParseFrom(data.Span);
        }
        catch (InvalidProtocolBufferException)
        {
            // It may be nested more deeply than the library reads by itself.
            return DecodeDeep(data);
        }
    }

    private static InternalRaftRequest DecodeDeep(ReadOnlyMemory<byte> data)
    {
        try
        {
            // Made from a stream alone, with a buffer of four kilobytes.
            using CodedInputStream input = CodedInputStream.CreateWithLimits(
                new MemoryStream(data.ToArray(), writable: false), int.MaxValue, MaxNesting);
            return Requests.ParseFrom(input);
        }
        catch (InvalidProtocolBufferException)
        {
            // A member of etcd up to 3.5 writes the requests of the retired v2 store as they are.
            return new InternalRaftRequest { V2 = Request.Parser.ParseFrom(data.Span) };
        }
    }

    private static string? FaultOfV2(Request request)
    {
        if (request.Method != "PUT")
        {
            return null;
        }

        if (IsVersionPath(request.Path))
        {
            return IsVersion(request.Val) ? null : "no version of a cluster";
        }

        if (!IsAttributesPath(request.Path, out ulong id))
        {
            return null;
        }

        try
        {
            ParseAttributes(id, request.Val);
            return null;
        }
        catch (JsonException failure)
        {
            return failure.Message;
        }
    }

    /// <summary>Three numbers, and what semantic versions have behind them.</summary>
    private static bool IsVersion(string text) =>
        Version.TryParse(text.Split('-', '+')[0], out Version? version) && version.Build >= 0 && version.Revision < 0;
}
