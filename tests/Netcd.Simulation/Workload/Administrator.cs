using Google.Protobuf;
using Netcd.Protocol.V3;
using Netcd.Simulation.Members;
using Netcd.Simulation.Scheduling;

namespace Netcd.Simulation.Workload;

/// <summary>Makes users and roles and switches them on, and then changes them while requests of these users are under way.</summary>
internal sealed class Administrator(SimulatedCluster cluster)
{
    private const long Patience = 3 * VirtualTime.Second;

    /// <summary>Those of the clients of a run, and between and around them.</summary>
    private static readonly string[] Ends = ["", "", "\0", "k3", "k7", "l", "u"];
    private static readonly string[] Starts = ["\0", "k", "k0", "k3", "k7", "t"];

    private readonly SimulationRandom random = cluster.Random.Branch("administrator");
    private int password;

    /// <summary>The users whose rights change.</summary>
    public static IReadOnlyList<string> Users { get; } = ["anne", "bob", "eve"];

    private static IReadOnlyList<string> Roles { get; } = ["r1", "r2", "r3"];

    /// <summary>Whether it has done what has to be there before anybody logs in.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether it is to change nothing more.</summary>
    public bool IsToStop { get; set; }

    /// <summary>Whether it does nothing any more.</summary>
    public bool IsDone { get; private set; }

    public async Task RunAsync()
    {
        await SetUpAsync();
        HasBegun = true;
        while (!IsToStop)
        {
            await cluster.Time.Delay(random.Exponential(400 * VirtualTime.Millisecond));
            await ChangeAsync(Next());
        }

        // What comes behind the faults is to be done by users that have rights again.
        IsDone = true;
    }

    /// <summary>A password of a user, as its hash: nobody here has to know it in clear.</summary>
    private string NewPassword(string user) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{user} {++password}"));

    private async Task SetUpAsync()
    {
        await InsistAsync(Add("root"));
        await InsistAsync(Grant("root", "root"));
        foreach (string role in Roles)
        {
            await InsistAsync(new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = role } });
            await InsistAsync(Permit(role));
        }

        foreach (string user in Users)
        {
            await InsistAsync(Add(user));
            await InsistAsync(Grant(user, random.Pick(Roles)));
        }

        await InsistAsync(new InternalRaftRequest { AuthEnable = new AuthEnableRequest() });
    }

    private InternalRaftRequest Next()
    {
        (string user, string role) = (random.Pick(Users), random.Pick(Roles));
        return random.Below(20) switch
        {
            0 => new InternalRaftRequest { AuthUserDelete = new AuthUserDeleteRequest { Name = user } },
            < 3 => Add(user),
            < 7 => Grant(user, role),
            < 9 => new InternalRaftRequest { AuthUserRevokeRole = new AuthUserRevokeRoleRequest { Name = user, Role = role } },
            < 11 => new InternalRaftRequest
            {
                AuthUserChangePassword = new AuthUserChangePasswordRequest { Name = user, HashedPassword = NewPassword(user) },
            },
            11 => new InternalRaftRequest { AuthRoleDelete = new AuthRoleDeleteRequest { Role = role } },
            < 14 => new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = role } },
            < 17 => Permit(role),
            < 19 => new InternalRaftRequest
            {
                AuthRoleRevokePermission = new AuthRoleRevokePermissionRequest { Role = role, Key = Start(), RangeEnd = End() },
            },
            _ when random.Percent(30) => new InternalRaftRequest { AuthDisable = new AuthDisableRequest() },
            _ => new InternalRaftRequest { AuthEnable = new AuthEnableRequest() },
        };
    }

    private InternalRaftRequest Add(string user) => new()
    {
        AuthUserAdd = new AuthUserAddRequest { Name = user, HashedPassword = NewPassword(user) },
    };

    private static InternalRaftRequest Grant(string user, string role) => new()
    {
        AuthUserGrantRole = new AuthUserGrantRoleRequest { User = user, Role = role },
    };

    private InternalRaftRequest Permit(string role) => new()
    {
        AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest
        {
            Name = role,
            Perm = new Permission { Key = Start(), RangeEnd = End(), PermType = (Permission.Types.Type)random.Below(3) },
        },
    };

    private ByteString Start() => ByteString.CopyFromUtf8(random.Pick(Starts));

    private ByteString End() => ByteString.CopyFromUtf8(random.Pick(Ends));

    /// <summary>Asks again until it is done; that it was done before is as good.</summary>
    private async Task InsistAsync(InternalRaftRequest request)
    {
        while ((await ChangeAsync(request)) is AnswerKind.Unknown or null)
        {
            await cluster.Time.Delay(200 * VirtualTime.Millisecond);
        }
    }

    /// <summary>Null where nobody was there to be asked.</summary>
    private async Task<AnswerKind?> ChangeAsync(InternalRaftRequest request)
    {
        SimulatedMember[] serving = [.. cluster.Serving];
        if (serving.Length == 0)
        {
            return null;
        }

        Answer answer = await Calls.ProposeAsync(cluster, random.Pick(serving), request.Clone(), Patience);
        cluster.Trace.Line("administrator", $"{answer.Kind} {answer.Error?.Message}: {request}");
        return answer is { Kind: AnswerKind.Refused, AppliedId: 0 } ? null : answer.Kind;
    }
}
