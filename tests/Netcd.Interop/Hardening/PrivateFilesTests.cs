using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Netcd.Interop.Processes;

namespace Netcd.Interop.Hardening;

/// <summary>Who may look into what a server writes, side by side with etcd: folders, files, certificates that it makes (M10, L2,
/// L5).</summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class PrivateFilesTests : IDisposable
{
    private const UnixFileMode OthersMay = (UnixFileMode)0b000_111_111;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task M10_folders_are_private_whatever_the_mask_with_certificates_of_the_servers_own_too()
    {
        string program = folder.At("netcd.sh");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\numask 0\nexec '{NetcdProgram.Path}' \"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        int port = FreePort.Next();
        string secure = $"https://127.0.0.1:{FreePort.Next()}";
        string peer = $"https://127.0.0.1:{FreePort.Next()}";
        await using ServerProcess netcd = await ServerProcess.ReadyAsync(
            program, folder.At("made/by/it"), port, "--wal-dir", folder.At("log/of/it"), "--auto-tls", "--peer-auto-tls",
            "--listen-client-urls", $"http://127.0.0.1:{port},{secure}", "--listen-peer-urls", peer);
        await netcd.Channel.PutAsync("a", "b");
        foreach (string path in (string[])["made", "log"])
        {
            DirectoryInfo made = new(folder.At(path));
            foreach (FileSystemInfo entry in (FileSystemInfo[])[made, .. made.EnumerateFileSystemInfos("*", SearchOption.AllDirectories)])
            {
                UnixFileMode others = entry.UnixFileMode & OthersMay;
                bool isCertificate = entry.Name == "cert.pem";
                Assert.True(isCertificate || others == UnixFileMode.None, $"{entry.FullName} has the mode {entry.UnixFileMode}");
            }
        }
    }

    [Fact]
    public async Task L2_folders_and_files_have_the_modes_of_etcds_but_for_raft_snapshots_which_are_private_too()
    {
        List<string[]> modes = [];
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            string data = folder.At("data" + modes.Count);
            int port = FreePort.Next();
            string peer = $"https://127.0.0.1:{FreePort.Next()}";
            await using ServerProcess server = await ServerProcess.ReadyAsync(
                program, data, port, "--auto-tls", "--peer-auto-tls", "--snapshot-count", "5", "--listen-client-urls",
                $"http://127.0.0.1:{port},https://127.0.0.1:{FreePort.Next()}", "--listen-peer-urls", peer);
            for (int i = 0; i < 10; i++)
            {
                await server.Channel.PutAsync("a" + i, "b");
            }

            await Poll.UntilAsync(() => Task.FromResult(Directory.EnumerateFiles(Path.Combine(data, "member", "snap"), "*.snap").Any()));
            DirectoryInfo root = new(data);
            modes.Add([
                .. root.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Append(root)
                    .Select(entry => $"{HexName().Replace(Path.GetRelativePath(data, entry.FullName), "X")} {entry.UnixFileMode}")
                    .Distinct()
                    .Order(StringComparer.Ordinal),
            ]);
        }

        Assert.Equal(
            modes[0].Where(static mode => !mode.Contains(".snap", StringComparison.Ordinal)),
            modes[1].Where(static mode => !mode.Contains(".snap", StringComparison.Ordinal)));
        Assert.Contains("member/snap/X-X.snap UserWrite, UserRead", modes[1]);
    }

    [Fact]
    public async Task L2_files_are_private_from_the_first_moment_on()
    {
        string trace = folder.At("trace");
        SystemCallFault none = new("openat", "error=EIO", "1000000", folder.At("nothing"), folder.At("unused"));
        (string strace, string[] _) = await none.WrapAsync(NetcdProgram.Path);
        string program = folder.At("netcd.sh");
        await File.WriteAllTextAsync(
            program,
            $"#!/bin/sh\numask 0\nexec {strace} -D -f -q -o '{trace}' -e trace=open,openat,chmod,fchmod,fchmodat '{NetcdProgram.Path}' "
                + "\"$@\"\n");
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using (ServerProcess netcd = await ServerProcess.ReadyAsync(program, folder.At("data"), FreePort.Next()))
        {
            await netcd.Channel.PutAsync("a", "b");
            await netcd.TerminateAsync();
        }

        string[] created = [.. (await File.ReadAllLinesAsync(trace)).Where(
            line => line.Contains("O_CREAT", StringComparison.Ordinal) && line.Contains(folder.At("data"), StringComparison.Ordinal))];
        Assert.Contains(created, static line => line.Contains("/snap/db\"", StringComparison.Ordinal));
        Assert.Contains(created, static line => line.Contains("/wal/", StringComparison.Ordinal));
        Assert.All(created, static line => Assert.Matches(PrivateCreation(), line));
    }

    [Fact]
    public async Task L2_folders_that_others_may_look_into_are_warned_of_as_by_etcd_and_the_logs_becomes_private()
    {
        List<string[]> told = [];
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            string data = folder.At("data" + told.Count);
            string wal = folder.At("wal" + told.Count);
            foreach ((string path, int mode) in (ReadOnlySpan<(string, int)>)[(data, 0b111_101_101),
                (Path.Combine(data, "member"), 0b111_101_000), (Path.Combine(data, "member", "snap"), 0b111_111_001), (wal, 0b111_101_101)])
            {
                Directory.CreateDirectory(path);
                File.SetUnixFileMode(path, (UnixFileMode)mode);
            }

            await using ServerProcess server = await ServerProcess.ReadyAsync(program, data, FreePort.Next(), "--wal-dir", wal);
            told.Add(
                [.. Reason().Matches(server.Log)
                    .Select(match => match.Value.Replace(folder.At("data" + told.Count), "DATA", StringComparison.Ordinal))
                    .Distinct().Order(StringComparer.Ordinal)]);
            Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(wal) & OthersMay);
        }

        Assert.Equal(3, told[0].Length);
        Assert.Equal(told[0], told[1]);
    }

    [Fact]
    public async Task L5_a_certificate_that_the_server_makes_is_for_nothing_that_etcds_is_not_for()
    {
        List<string[]> usages = [];
        foreach (string program in (string[])[await EtcdPrograms.EtcdAsync(), NetcdProgram.Path])
        {
            string data = folder.At("data" + usages.Count);
            int port = FreePort.Next();
            await using ServerProcess server = await ServerProcess.ReadyAsync(
                program, data, port, "--auto-tls", "--listen-client-urls", $"https://127.0.0.1:{port}");
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(
                Path.Combine(data, "fixtures", "client", "cert.pem"));
            Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
            usages.Add([
                .. certificate.Extensions.Select(
                    static extension => $"{extension.Oid!.Value} {extension.Critical} {Convert.ToHexString(extension.RawData)}"),
                certificate.SubjectName.Name, certificate.IssuerName.Name,
                certificate.SignatureAlgorithm.Value!, certificate.PublicKey.Oid.Value!,
                Convert.ToHexString(certificate.PublicKey.EncodedParameters!.RawData),
                (certificate.NotAfter - certificate.NotBefore).TotalDays.ToString("F0", System.Globalization.CultureInfo.InvariantCulture),
            ]);
        }

        Assert.Equal(usages[0], usages[1]);
    }

    [GeneratedRegex("[0-9a-f]{16}")]
    private static partial Regex HexName();

    [GeneratedRegex("O_CREAT[^,]*, 0[64]00\\)")]
    private static partial Regex PrivateCreation();

    [GeneratedRegex(
        "directory .{1,200}? exist, but the permission is .{1,40}The recommended permission is .{1,20}to prevent possible unprivileged "
            + "access to the data")]
    private static partial Regex Reason();
}
