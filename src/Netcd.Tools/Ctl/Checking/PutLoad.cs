using System.Buffers.Binary;
using System.Diagnostics;
using System.Threading.Channels;
using Netcd.Client;
using Netcd.Client.Keys;
using Netcd.Tools.CommandLine;
using Netcd.Tools.Ctl.Invocation;

namespace Netcd.Tools.Ctl.Checking;

/// <summary>Clients that put keys of random names below a prefix, which must be empty before.</summary>
internal sealed class PutLoad : IAsyncDisposable
{
    private readonly EtcdClient[] clients;
    private readonly byte[] prefix;
    private readonly byte[] value;
    private readonly int nameBytes;
    private readonly Channel<byte[]> names;

    /// <summary>Makes the clients.</summary>
    /// <param name="context">What the command works with.</param>
    /// <param name="clientCount">How many.</param>
    /// <param name="prefix">The prefix.</param>
    /// <param name="nameBytes">How many bytes a key has behind the prefix.</param>
    /// <param name="valueBytes">How many bytes a value has.</param>
    public PutLoad(CtlContext context, int clientCount, string prefix, int nameBytes, int valueBytes)
    {
        // A put takes as long as it takes: that is what is to be found out.
        EtcdClientOptions options = context.Flags.ToOptions(null, context.AskPassword) with { CallTimeout = Timeout.InfiniteTimeSpan };
        clients = [.. Enumerable.Range(0, clientCount).Select(_ => context.Connect(options))];
        this.prefix = GoQuoted.BytesOf(prefix);
        this.nameBytes = nameBytes;
        value = new byte[valueBytes];
        names = Channel.CreateBounded<byte[]>(clientCount);
    }

    /// <summary>What has come of it so far.</summary>
    public PutLoadResult Result { get; } = new();

    /// <summary>All keys of the check.</summary>
    public KeyRange Range => KeyRange.Prefix(prefix);

    /// <summary>The first of the clients.</summary>
    public EtcdClient First => clients[0];

    /// <summary>Connects all clients.</summary>
    /// <returns>Whether there are no keys yet.</returns>
    public async Task<bool> IsUnusedAsync()
    {
        RangeOptions one = new() { Limit = 1 };
        RangeResult[] found = await Task.WhenAll(clients.Select(client => client.Keys.RangeAsync(Range, one))).ConfigureAwait(false);
        return found.All(static result => result.KeyValues.Count == 0);
    }

    /// <summary>Puts.</summary>
    /// <param name="produce">Asks for each put, and returns when there are enough.</param>
    public async Task RunAsync(Func<Func<ValueTask>, Task> produce)
    {
        long began = Stopwatch.GetTimestamp();
        Task[] putting = [.. clients.Select(client => PutAsync(client.Keys))];
        await produce(() => names.Writer.WriteAsync(NextName())).ConfigureAwait(false);
        names.Writer.Complete();
        await Task.WhenAll(putting).ConfigureAwait(false);
        Result.Total = Stopwatch.GetElapsedTime(began);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (EtcdClient client in clients)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task PutAsync(IKeyValues keys)
    {
        await foreach (byte[] name in names.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            long began = Stopwatch.GetTimestamp();
            try
            {
                await keys.PutAsync(name, value).ConfigureAwait(false);
                Result.Add(Stopwatch.GetElapsedTime(began));
            }
            catch (EtcdException failure)
            {
                Result.AddFailure(CtlContext.TextOf(failure));
            }
        }
    }

    private byte[] NextName()
    {
        byte[] name = new byte[prefix.Length + nameBytes];
        prefix.CopyTo(name, 0);
        BinaryPrimitives.WriteInt64BigEndian(name.AsSpan(prefix.Length), Random.Shared.NextInt64());
        return name;
    }
}
