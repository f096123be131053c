using Google.Protobuf;
using Netcd.Interop.Processes;
using Netcd.Protocol.V3;

namespace Netcd.Interop.Streams;

/// <summary>A netcd that holds more than the windows between it and a client take: a stream of it all waits for its reader.</summary>
public sealed class FilledServer : IAsyncLifetime
{
    internal const int Keys = 1_200;
    internal const int ValueBytes = 40_000;
    private TemporaryFolder? folder;
    private ServerProcess? server;

    internal ServerProcess Server => server!;

    internal KV.KVClient Kv => new(Server.Channel);

    /// <summary>All keys that it was filled with.</summary>
    internal static RangeRequest All => new() { Key = ByteString.CopyFromUtf8("s"), RangeEnd = ByteString.CopyFromUtf8("t") };

    public async ValueTask InitializeAsync()
    {
        folder = new TemporaryFolder();
        server = await ServerProcess.NetcdAsync(folder.At("data"));
        await Parallel.ForAsync(0, Keys, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (n, cancellation) => await Kv.PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8(Name(n)), Value = ByteString.CopyFrom(new byte[ValueBytes]) },
            cancellationToken: cancellation));
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
        }

        folder?.Dispose();
    }

    internal static string Name(int n) => $"s{n:00000}";
}
