using System.Text;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Tools;

/// <summary>A server of each kind that several tests of netcd ctl share, each with keys of its own.</summary>
public sealed class CtlPair : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private ServerPair? pair;

    /// <summary>A place for files.</summary>
    public string Folder => pair!.Folder;

    public async ValueTask InitializeAsync() => pair = await ServerPair.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (pair is not null)
        {
            await pair.DisposeAsync();
        }
    }

    /// <summary>Where a server listens.</summary>
    public string Endpoint(bool isNetcd) => (isNetcd ? pair!.Netcd : pair!.Etcd).Endpoint;

    /// <summary>Runs netcd ctl.</summary>
    public async Task<CommandResult> RunAsync(bool isNetcd, string input, params string[] words)
    {
        CommandResult result = await Command.RunAsync(
            NetcdProgram.Path, ["ctl", "--endpoints", Endpoint(isNetcd), .. words], input, Deadline);
        Assert.DoesNotContain("   at ", result.Errors, StringComparison.Ordinal);
        return result with { Output = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(result.Output)) };
    }

    /// <summary>What a command line that must succeed writes.</summary>
    public async Task<string> TellAsync(bool isNetcd, params string[] words) => (await RunAsync(isNetcd, "", words)).Succeeded();

    /// <summary>Puts keys, and gives the revision of the last.</summary>
    public async Task<long> PutAsync(bool isNetcd, params (string Key, string Value)[] keys)
    {
        long revision = 0;
        foreach ((string key, string value) in keys)
        {
            revision = (await (isNetcd ? pair!.Netcd : pair!.Etcd).Channel.PutAsync(key, value)).Header.Revision;
        }

        return revision;
    }
}
