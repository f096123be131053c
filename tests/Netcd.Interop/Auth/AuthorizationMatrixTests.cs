using System.Diagnostics;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Netcd.Interop.Processes;
using Netcd.Testing.Security;

namespace Netcd.Interop.Auth;

/// <summary>Who may do what: every call of every service, over gRPC and as JSON, by every kind of caller, answered as etcd
/// answers.</summary>
public sealed class AuthorizationMatrixTests
{
    private const int TokenSeconds = 8;

    /// <summary>Both look for expired tokens once a second.</summary>
    private static readonly TimeSpan Expiry = TimeSpan.FromSeconds(TokenSeconds + 2);

    /// <summary>One of each kind; what each user's rights reach to is seen with simple tokens.</summary>
    private static readonly string[] Some = ["bare", "reader", "writer", "owner", "deleted", Accounts.Root];

    [Fact]
    public async Task Every_call_by_every_caller_with_a_simple_token_is_answered_as_etcd_answers_it()
    {
        await using ServerPair pair = await ServerPair.StartAsync("--auth-token-ttl", $"{TokenSeconds}", "--bcrypt-cost", "4");
        using MatrixSide netcd = new(pair.Netcd.Channel, new Uri("http://" + pair.Netcd.Endpoint));
        using MatrixSide etcd = new(pair.Etcd.Channel, new Uri("http://" + pair.Etcd.Endpoint));
        await Task.WhenAll(netcd.FillAsync(havePasswords: true), etcd.FillAsync(havePasswords: true));
        AuthorizationMatrix off = new(isEnabled: false);
        await off.RunAsync([Caller("nobody", null), Caller("made-up", "abcdefghijklmnop.1")]);

        await Task.WhenAll(netcd.EnableAsync(), etcd.EnableAsync());
        MatrixCaller expired = new("expired", await netcd.LogInAsync("reader"), await etcd.LogInAsync("reader"));
        long since = Stopwatch.GetTimestamp();
        await Poll.UntilAsync(() => Task.FromResult(Stopwatch.GetElapsedTime(since) > Expiry));
        MatrixCaller[] users = [.. (await netcd.LogAllInAsync()).Zip(await etcd.LogAllInAsync(), static (mine, theirs) =>
            new MatrixCaller(mine.User, mine.Caller, theirs.Caller))];
        await Task.WhenAll(MatrixWorld.TakeAwayAsync(netcd.Accounts), MatrixWorld.TakeAwayAsync(etcd.Accounts));
        AuthorizationMatrix on = new(isEnabled: true);
        await on.RunAsync([Caller("nobody", null), Caller("made-up", "abcdefghijklmnop.1"), Caller("junk", "x"), expired, .. users]);
        on.AssertTellsApart();

        MatrixCaller Caller(string name, string? token) => new(name, netcd.With(token), etcd.With(token));
    }

    [Fact]
    public async Task Every_call_by_every_caller_with_a_signed_token_is_answered_as_etcd_answers_it()
    {
        const string secret = "a secret of both servers, which nobody else has";
        using TemporaryFolder folder = new();
        await File.WriteAllTextAsync(folder.At("key"), secret);
        await using ServerPair pair = await ServerPair.StartAsync(
            "--auth-token", $"jwt,sign-method=HS256,priv-key={folder.At("key")},ttl=10m", "--bcrypt-cost", "4");
        using MatrixSide netcd = new(pair.Netcd.Channel, new Uri("http://" + pair.Netcd.Endpoint));
        using MatrixSide etcd = new(pair.Etcd.Channel, new Uri("http://" + pair.Etcd.Endpoint));
        await Task.WhenAll(netcd.FillAsync(havePasswords: true), etcd.FillAsync(havePasswords: true));
        await Task.WhenAll(netcd.EnableAsync(), etcd.EnableAsync());
        ulong revision = Jwt.Claims(netcd.Accounts.Token!).GetProperty("revision").GetUInt64();
        Assert.Equal(revision, Jwt.Claims(etcd.Accounts.Token!).GetProperty("revision").GetUInt64());

        Jwt jwt = new(secret);
        AuthorizationMatrix matrix = new(isEnabled: true);
        await matrix.RunAsync(
        [
            .. Some.Select(user => Caller(user, jwt.Of(user, revision))),
            Caller("older reader", jwt.Of("reader", revision - 1)),
            Caller("older token of root", jwt.Of(Accounts.Root, revision - 1)),
            Caller("later token of reader", jwt.Of("reader", revision + 5)),
            Caller("expired", jwt.Of(Accounts.Root, revision, seconds: -5)),
            Caller("unknown", jwt.Of("nobody-of-that-name", revision)),
            Caller("forged", new Jwt("another secret").Of(Accounts.Root, revision)),
        ]);
        matrix.AssertTellsApart();

        MatrixCaller Caller(string name, string? token) => new(name, netcd.With(token), etcd.With(token));
    }

    [Fact]
    public async Task Every_call_by_every_caller_with_a_certificate_is_answered_as_etcd_answers_it()
    {
        using TemporaryFolder folder = new();
        using TestAuthority authority = new(folder.Path, "authority");
        (string certificate, string key) = authority.Sign("server");
        (int netcdPort, int etcdPort) = (FreePort.Next(), FreePort.Next());
        await using ServerProcess netcdServer = await StartAsync(NetcdProgram.Path, "netcd", netcdPort);
        await using ServerProcess etcdServer = await StartAsync(await EtcdPrograms.EtcdAsync(), "etcd", etcdPort);
        Dictionary<string, (MatrixSide Netcd, MatrixSide Etcd)> sides = [];
        foreach (string name in Some.Append("stranger"))
        {
            (string Certificate, string Key) own = authority.Sign(name);
            sides[name] = (Side(own, netcdPort), Side(own, etcdPort));
        }

        (MatrixSide netcd, MatrixSide etcd) = sides[Accounts.Root];
        await Task.WhenAll(netcd.FillAsync(havePasswords: false), etcd.FillAsync(havePasswords: false));
        await Task.WhenAll(netcd.EnableAsync(), etcd.EnableAsync());
        await Task.WhenAll(MatrixWorld.TakeAwayAsync(netcd.Accounts), MatrixWorld.TakeAwayAsync(etcd.Accounts));
        AuthorizationMatrix matrix = new(isEnabled: true);
        await matrix.RunAsync(
        [
            .. sides.Select(static side => new MatrixCaller(side.Key, side.Value.Netcd.With(null), side.Value.Etcd.With(null))),
            new MatrixCaller("reader by certificate, with a token of root", Other("reader").Netcd, Other("reader").Etcd),
            new MatrixCaller("root by certificate, with a token of nobody", netcd.With("no.1"), etcd.With("no.1")),
        ]);
        matrix.AssertTellsApart();
        foreach ((MatrixSide one, MatrixSide other) in sides.Values)
        {
            one.Dispose();
            other.Dispose();
        }

        (CallerAt Netcd, CallerAt Etcd) Other(string user) =>
            (sides[user].Netcd.With(netcd.Accounts.Token), sides[user].Etcd.With(etcd.Accounts.Token));

        Task<ServerProcess> StartAsync(string program, string name, int port) => ServerProcess.ReadyAsync(
            program, folder.At(name), port, "--listen-client-urls", $"https://127.0.0.1:{port}",
            "--cert-file", certificate, "--key-file", key,
            "--trusted-ca-file", authority.File, "--client-cert-auth", "--bcrypt-cost", "4");

        MatrixSide Side((string Certificate, string Key) own, int port) =>
            MatrixSide.Secure(port, authority.File, own.Certificate, own.Key);
    }
}

/// <summary>One of the two servers as callers reach it.</summary>
internal sealed class MatrixSide(GrpcChannel channel, Uri address, SslClientAuthenticationOptions? tls = null) : IDisposable
{
    private readonly HttpClient http = new(Handler(tls)) { BaseAddress = address };

    public Accounts Accounts { get; } = new(channel);

    /// <summary>A server that is reached with a certificate.</summary>
    public static MatrixSide Secure(int port, string authority, string certificate, string key)
    {
        X509ChainPolicy trust = new() { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.Add(X509CertificateLoader.LoadCertificateFromFile(authority));
        SslClientAuthenticationOptions tls = new()
        {
            CertificateChainPolicy = trust,
            ClientCertificates = [X509Certificate2.CreateFromPemFile(certificate, key)],
        };
        Uri address = new($"https://127.0.0.1:{port}");
        GrpcChannelOptions options = new() { HttpHandler = Handler(tls), DisposeHttpClient = true };
        return new MatrixSide(GrpcChannel.ForAddress(address, options), address, tls);
    }

    public CallerAt With(string? token) => new(channel, http, token);

    public async Task<CallerAt> LogInAsync(string user) => With(await Accounts.LogInAsync(user));

    public async Task<List<(string User, CallerAt Caller)>> LogAllInAsync()
    {
        Accounts.Token = await Accounts.LogInAsync(Accounts.Root);
        List<(string User, CallerAt Caller)> all = [(Accounts.Root, With(Accounts.Token))];
        foreach (string user in MatrixWorld.Users)
        {
            all.Add((user, await LogInAsync(user)));
        }

        return all;
    }

    public async Task FillAsync(bool havePasswords)
    {
        await MatrixWorld.FillAsync(channel);
        await MatrixWorld.PeopleAsync(Accounts, havePasswords);
    }

    public Task EnableAsync() => Accounts.EnableAsync();

    public void Dispose()
    {
        http.Dispose();
        if (tls is not null)
        {
            channel.Dispose();
        }
    }

    private static SocketsHttpHandler Handler(SslClientAuthenticationOptions? tls)
    {
        SocketsHttpHandler handler = new() { MaxConnectionsPerServer = 24 };
        if (tls is not null)
        {
            handler.SslOptions = tls;
        }

        return handler;
    }
}
