using Netcd.Interop.Processes;

namespace Netcd.Interop.Publishing;

/// <summary>What is shipped starts and answers. Each takes minutes, so they run one after the other.</summary>
public sealed class PublishTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task The_published_folder_starts_and_answers_etcdctl()
    {
        // The native program is what is shipped first; this one takes two minutes to build.
        Assert.SkipUnless(Environment.GetEnvironmentVariable("NETCD_LONG_TESTS") == "1", "NETCD_LONG_TESTS=1 publishes the folder too");
        using TemporaryFolder folder = new();
        await AssertAnswersAsync(await PublishAsync(folder), folder);
    }

    [Fact]
    public async Task The_native_program_starts_and_answers_etcdctl()
    {
        using TemporaryFolder folder = new();
        string published = await NativeAsync(folder);
        Assert.False(File.Exists(Path.Combine(published, "netcd.dll")), "what was published is not native");
        await AssertAnswersAsync(published, folder);
    }

    /// <summary>Where NETCD_TEST_NATIVE names a folder, the native program was published there, with the same command.</summary>
    private static async Task<string> NativeAsync(TemporaryFolder folder)
    {
        if (Environment.GetEnvironmentVariable("NETCD_TEST_NATIVE") is { Length: > 0 } named)
        {
            return named;
        }

        string[] linkers = ["clang", "gcc"];
        IEnumerable<string> places = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        bool linkable = OperatingSystem.IsLinux() && places.Any(place => linkers.Any(linker => File.Exists(Path.Combine(place, linker))));
        Assert.False(
            !linkable && Environment.GetEnvironmentVariable("NETCD_REQUIRE_AOT") == "1",
            "the native program is required and there is no linker");
        Assert.SkipUnless(linkable, "a native program needs clang or gcc on Linux to be linked");
        string architecture = System.Runtime.InteropServices.RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
        return await PublishAsync(folder, "-r", "linux-" + architecture, "-p:PublishAot=true");
    }

    /// <summary>Builds apart from the tree, so that nothing that another test runs is replaced under it.</summary>
    private static async Task<string> PublishAsync(TemporaryFolder folder, params string[] more)
    {
        string published = folder.At("published");
        string[] arguments =
        [
            "publish", Repository.At("src", "Netcd"), "-c", "Release", "-o", published, "--artifacts-path", folder.At("artifacts"),
            "-v", "q", "--nologo", "-nodeReuse:false", .. more,
        ];

        // The SDK leaves directories where it keeps what is temporary: they go with the test's own.
        string temporary = Directory.CreateDirectory(folder.At("temporary")).FullName;
        (await Command.RunAsync("dotnet", arguments, "", Deadline, ("TMPDIR", temporary))).Succeeded();
        return published;
    }

    private static async Task AssertAnswersAsync(string published, TemporaryFolder folder)
    {
        string etcdctl = await EtcdPrograms.EtcdctlAsync();
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(
            Path.Combine(published, "netcd"), folder.At("data"), FreePort.Next());
        Assert.Equal("OK\n", (await Command.RunAsync(etcdctl, "--endpoints", netcd.Endpoint, "put", "a", "published")).Succeeded());
        Assert.Equal("a\npublished\n", (await Command.RunAsync(etcdctl, "--endpoints", netcd.Endpoint, "get", "a")).Succeeded());
        Assert.Equal(143, await netcd.TerminateAsync());
    }
}
