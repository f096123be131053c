using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Netcd.Storage.Snapshots;

/// <summary>
/// Writes the tree: <c>/0/members/ID/{raftAttributes,attributes}</c>, <c>/0/removed_members/ID</c>, <c>/0/version</c>, and an
/// empty <c>/1</c>.
/// </summary>
internal sealed class V2StoreWriter : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> buffer = new();
    private readonly Utf8JsonWriter json;

    // Every value created counts one up, as if it had been set one after the other.
    private ulong index;

    private V2StoreWriter() => json = new Utf8JsonWriter(buffer, Options);

    public static byte[] Write(V2StoreImage image)
    {
        using V2StoreWriter writer = new();
        writer.WriteStore(image);
        writer.json.Flush();
        return writer.buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => json.Dispose();

    private void WriteStore(V2StoreImage image)
    {
        json.WriteStartObject();
        json.WritePropertyName("Root");
        BeginDirectory("/");
        WriteCluster(image);
        json.WritePropertyName("1");
        BeginDirectory("/1");
        EndDirectory();
        EndDirectory();
        json.WriteNumber("CurrentIndex", index);
        json.WriteNumber("CurrentVersion", 2);
        json.WriteEndObject();
    }

    private void WriteCluster(V2StoreImage image)
    {
        json.WritePropertyName("0");
        BeginDirectory("/0");
        json.WritePropertyName("members");
        BeginDirectory("/0/members");
        foreach (SnapshotMember member in image.Members.OrderBy(static member => member.Id))
        {
            WriteMember(member);
        }

        EndDirectory();
        if (image.RemovedIds.Count > 0)
        {
            json.WritePropertyName("removed_members");
            BeginDirectory("/0/removed_members");
            foreach (ulong id in image.RemovedIds.Order())
            {
                WriteValue("/0/removed_members", Hex(id), string.Empty);
            }

            EndDirectory();
        }

        if (image.ClusterVersion is not null)
        {
            WriteValue("/0", "version", image.ClusterVersion);
        }

        EndDirectory();
    }

    private void WriteMember(SnapshotMember member)
    {
        string name = Hex(member.Id);
        string path = "/0/members/" + name;
        json.WritePropertyName(name);
        BeginDirectory(path);
        WriteValue(path, "raftAttributes", Nested(inner =>
        {
            WriteList(inner, "peerURLs", member.PeerUrls);
            if (member.IsLearner)
            {
                inner.WriteBoolean("isLearner", true);
            }
        }));
        if (member.Name.Length > 0 || member.ClientUrls.Count > 0)
        {
            WriteValue(path, "attributes", Nested(inner =>
            {
                if (member.Name.Length > 0)
                {
                    inner.WriteString("name", member.Name);
                }

                if (member.ClientUrls.Count > 0)
                {
                    WriteList(inner, "clientURLs", member.ClientUrls);
                }
            }));
        }

        EndDirectory();
    }

    private void BeginDirectory(string path)
    {
        json.WriteStartObject();
        WriteNodeHead(path, string.Empty);
        json.WriteStartObject("Children");
    }

    private void EndDirectory()
    {
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void WriteValue(string parent, string name, string value)
    {
        index++;
        json.WriteStartObject(name);
        WriteNodeHead(parent + "/" + name, value);
        // Null is what makes a node a value and not an empty directory.
        json.WriteNull("Children");
        json.WriteEndObject();
    }

    private void WriteNodeHead(string path, string value)
    {
        json.WriteString("Path", path);
        json.WriteNumber("CreatedIndex", index);
        json.WriteNumber("ModifiedIndex", index);
        // The zero of Go's time: never expires.
        json.WriteString("ExpireTime", "0001-01-01T00:00:00Z");
        json.WriteString("Value", value);
    }

    private static string Nested(Action<Utf8JsonWriter> fields)
    {
        ArrayBufferWriter<byte> target = new();
        using (Utf8JsonWriter inner = new(target, Options))
        {
            inner.WriteStartObject();
            fields(inner);
            inner.WriteEndObject();
        }

        return Encoding.UTF8.GetString(target.WrittenSpan);
    }

    private static void WriteList(Utf8JsonWriter target, string name, IReadOnlyList<string> values)
    {
        target.WriteStartArray(name);
        foreach (string value in values)
        {
            target.WriteStringValue(value);
        }

        target.WriteEndArray();
    }

    private static string Hex(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);
}
