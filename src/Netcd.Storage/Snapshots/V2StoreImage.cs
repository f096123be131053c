using System.Text.Json;

namespace Netcd.Storage.Snapshots;

/// <summary>
/// The membership of a cluster in the form that etcd 3.5 keeps in its snapshot files: the JSON of a small tree of
/// directories and values, the store of etcd's second API, of which this is all that is still in use.
/// </summary>
/// <remarks>etcd 3.5 takes the members of a cluster from it when it starts from a snapshot; without it, it does not start.</remarks>
public sealed record V2StoreImage
{
    /// <summary>The members, in any order; each id once.</summary>
    public IReadOnlyList<SnapshotMember> Members { get; init; } = [];

    /// <summary>Ids of members that were removed: they must not come back.</summary>
    public IReadOnlyList<ulong> RemovedIds { get; init; } = [];

    /// <summary>The version that the cluster agreed on, such as 3.5.0; null before it did.</summary>
    public string? ClusterVersion { get; init; }

    /// <summary>Renders the JSON (UTF-8).</summary>
    public byte[] Encode() => V2StoreWriter.Write(this);

    /// <summary>Takes the membership out of such a JSON; what else it holds is left aside.</summary>
    /// <exception cref="InvalidDataException">It is not JSON of that shape.</exception>
    public static V2StoreImage Decode(ReadOnlyMemory<byte> json) => Parse(json, V2StoreReader.Read);

    /// <summary>Whether such a JSON holds what users have stored by etcd's API of version 2.</summary>
    /// <exception cref="InvalidDataException">It is not JSON of that shape.</exception>
    public static bool HasCustomContent(ReadOnlyMemory<byte> json) => Parse(json, V2StoreReader.HasCustomContent);

    private static T Parse<T>(ReadOnlyMemory<byte> json, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            return read(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException("not a store image: " + failure.Message, failure);
        }
    }
}
