using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Interop.Watches;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Tools;

/// <summary>A netcd and an etcd, and etcdctl and netcd under its name, for many tests.</summary>
public sealed class CtlServers : IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private ServerPair? pair;
    private string[] tools = [];

    /// <summary>The names of both servers, for theories.</summary>
    public static TheoryData<string> Names => new("netcd", "etcd");

    /// <summary>etcdctl, and netcd under that name.</summary>
    public IReadOnlyList<string> Tools => tools;

    /// <summary>netcd under the name of etcdctl.</summary>
    public string Ours => tools[1];

    /// <summary>etcdctl.</summary>
    public string Theirs => tools[0];

    public async ValueTask InitializeAsync()
    {
        string link = folder.At("etcdctl");
        File.CreateSymbolicLink(link, NetcdProgram.Path);
        tools = [await EtcdPrograms.EtcdctlAsync(), link];
        pair = await ServerPair.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await (pair?.DisposeAsync() ?? ValueTask.CompletedTask);
        folder.Dispose();
    }

    internal ServerProcess Server(string name) => name == "netcd" ? pair!.Netcd : pair!.Etcd;

    /// <summary>Starts a tool that runs until it is ended.</summary>
    internal LiveCommand Start(string tool, string server, params string[] words) =>
        LiveCommand.Start(tool, [.. At(server), .. words]);

    /// <summary>Runs a tool to its end.</summary>
    internal Task<CommandResult> RunAsync(string tool, string server, params string[] words) =>
        Command.RunAsync(tool, [.. At(server), .. words]);

    internal async Task<long> PutAsync(string server, string key, string value)
    {
        PutRequest request = new() { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) };
        return (await new KV.KVClient(Server(server).Channel).PutAsync(request)).Header.Revision;
    }

    internal async Task DeleteAsync(string server, string key) => await new KV.KVClient(Server(server).Channel)
        .DeleteRangeAsync(new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(key) });

    /// <summary>Where the server is, and time for a machine that has more to do.</summary>
    private string[] At(string server) => ["--endpoints", Server(server).Endpoint, "--command-timeout", "60s"];

    /// <summary>Keys and values below a prefix.</summary>
    internal async Task<IReadOnlyList<KeyValue>> ReadAsync(string server, string prefix)
    {
        RangeRequest request = new()
        {
            Key = ByteString.CopyFromUtf8(prefix),
            RangeEnd = ByteString.CopyFromUtf8(prefix[..^1] + (char)(prefix[^1] + 1)),
        };
        return (await new KV.KVClient(Server(server).Channel).RangeAsync(request)).Kvs;
    }
}
