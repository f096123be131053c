using System.Globalization;
using System.Text.Json;

namespace Netcd.Storage.Snapshots;

/// <summary>Reads the membership out of the tree that <see cref="V2StoreWriter"/> and etcd write.</summary>
internal static class V2StoreReader
{
    public static V2StoreImage Read(JsonElement store)
    {
        if (Child(Required(store, "Root"), "0") is not { } cluster)
        {
            return new V2StoreImage();
        }

        List<SnapshotMember> members = [];
        foreach (JsonProperty member in Children(Child(cluster, "members")))
        {
            members.Add(ReadMember(member));
        }

        List<ulong> removed = [];
        foreach (JsonProperty member in Children(Child(cluster, "removed_members")))
        {
            removed.Add(ParseId(member.Name));
        }

        members.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        removed.Sort();
        return new V2StoreImage { Members = members, RemovedIds = removed, ClusterVersion = Value(Child(cluster, "version")) };
    }

    /// <summary>Whether a directory of the root holds something, but for the cluster's own and the empty ones of users and roles, which
    /// stay when the last of these is gone.</summary>
    public static bool HasCustomContent(JsonElement store) =>
        Children(Required(store, "Root")).Any(static directory => directory.Name switch
        {
            "0" => false,
            "2" => Children(directory.Value).Any(static kind => Children(kind.Value).Any()),
            _ => Children(directory.Value).Any(),
        });

    private static SnapshotMember ReadMember(JsonProperty member)
    {
        string raftAttributes = Value(Child(member.Value, "raftAttributes"))
            ?? throw new InvalidDataException($"member {member.Name} has no raftAttributes");
        using JsonDocument raft = JsonDocument.Parse(raftAttributes);
        using JsonDocument own = JsonDocument.Parse(Value(Child(member.Value, "attributes")) ?? "{}");
        bool isLearner = raft.RootElement.TryGetProperty("isLearner", out JsonElement learner) && learner.GetBoolean();
        string name = own.RootElement.TryGetProperty("name", out JsonElement given) ? given.GetString() ?? string.Empty : string.Empty;
        return new SnapshotMember(
            ParseId(member.Name), List(raft.RootElement, "peerURLs"), isLearner, name, List(own.RootElement, "clientURLs"));
    }

    private static JsonElement? Child(JsonElement node, string name) =>
        node.TryGetProperty("Children", out JsonElement children) && children.ValueKind == JsonValueKind.Object
            && children.TryGetProperty(name, out JsonElement child) ? child : null;

    private static JsonElement.ObjectEnumerator Children(JsonElement? node) =>
        node is { } directory && directory.TryGetProperty("Children", out JsonElement children)
            && children.ValueKind == JsonValueKind.Object
            ? children.EnumerateObject()
            : default;

    private static string? Value(JsonElement? node) => node is { } found ? Required(found, "Value").GetString() : null;

    private static JsonElement Required(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement found) ? found : throw new InvalidDataException($"{name} is missing");

    private static List<string> List(JsonElement element, string name)
    {
        List<string> values = [];
        if (element.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement value in list.EnumerateArray())
            {
                values.Add(value.GetString() ?? string.Empty);
            }
        }

        return values;
    }

    private static ulong ParseId(string name) =>
        ulong.TryParse(name, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong id)
            ? id
            : throw new InvalidDataException($"{name} is not a member id");
}
