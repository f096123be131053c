using System.Text;
using Google.Protobuf;
using Netcd.Engine.Auth;
using Netcd.Engine.Tests.Node;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Watching;

/// <summary>A watch ends with the right to it, and nothing that was written later is sent to it.</summary>
public sealed class WatchRightsTests : IDisposable
{
    private const string Denied = "rpc error: code = PermissionDenied desc = etcdserver: permission denied";
    private const string TokenIsOver = "rpc error: code = Unauthenticated desc = etcdserver: invalid auth token";
    private const string Nobody = "rpc error: code = InvalidArgument desc = etcdserver: user name is empty";

    private readonly SteppedNode node = new(new SimulatedDisk(), seed: 5);
    private readonly TestStream stream;

    public WatchRightsTests()
    {
        stream = new TestStream(node.Node.Watches);
        Run(new InternalRaftRequest { AuthUserAdd = new AuthUserAddRequest { Name = "root", HashedPassword = "cm9vdA==" } });
        Run(new InternalRaftRequest { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = "root", Role = "root" } });
        Run(new InternalRaftRequest { AuthUserAdd = new AuthUserAddRequest { Name = "anne", HashedPassword = "YW5uZQ==" } });
        Run(new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = "reader" } });
        Run(new InternalRaftRequest { AuthUserGrantRole = new AuthUserGrantRoleRequest { User = "anne", Role = "reader" } });
        Permit("a", "b");
        Permit("c", "");
        Run(new InternalRaftRequest { AuthEnable = new AuthEnableRequest() });
    }

    public void Dispose() => node.Dispose();

    [Fact]
    public void A_watch_is_begun_only_by_a_user_that_may_read_all_of_it()
    {
        Assert.Equal(Denied, Refusal("a", "d", "anne"));
        Assert.Equal(Denied, Refusal("b", "", "anne"));
        Assert.Equal(Denied, Refusal("c", "\0", "anne"));
        Assert.Equal(Nobody, Refusal("c", "", ""));
        Assert.Equal(Denied, Refusal("c", "", "stranger"));
        Assert.Null(Refusal("a", "b", "anne"));
        Assert.Null(Refusal("c", "", "anne"));
        Assert.Null(Refusal("x", "\0", "root"));
    }

    [Fact]
    public void A_right_that_is_taken_away_ends_its_watch_before_the_next_event_and_no_other()
    {
        Create("a", "b", "anne", id: 1);
        Create("c", "", "anne", id: 2);
        Put("ab");
        Run(new InternalRaftRequest
        {
            AuthRoleRevokePermission = new AuthRoleRevokePermissionRequest { Role = "reader", Key = Bytes("a"), RangeEnd = Bytes("b") },
        });
        Put("ab");
        Put("c");
        Read(out List<WatchResponse> responses);
        Assert.Equal([("ab", 1L)], responses.Where(static one => one.WatchId == 1).SelectMany(Events));
        Assert.Equal([("c", 2L)], responses.Where(static one => one.WatchId == 2).SelectMany(Events));
        WatchResponse last = responses.Last(static one => one.WatchId == 1);
        Assert.Equal((true, Denied), (last.Canceled, last.CancelReason));
    }

    [Fact]
    public void The_end_of_a_user_and_of_its_role_and_another_password_end_its_watches()
    {
        Create("a", "b", "anne", id: 1);
        Run(new InternalRaftRequest
        {
            AuthUserChangePassword = new AuthUserChangePasswordRequest { Name = "anne", HashedPassword = "bmV3" },
        });
        Assert.Equal(TokenIsOver, EndOf(1));
        Create("a", "b", "anne", id: 2);
        Run(new InternalRaftRequest { AuthRoleDelete = new AuthRoleDeleteRequest { Role = "reader" } });
        Assert.Equal(Denied, EndOf(2));
        Create("a", "b", "root", id: 3);
        Run(new InternalRaftRequest { AuthUserDelete = new AuthUserDeleteRequest { Name = "anne" } });
        Assert.Null(EndOf(3));
    }

    [Fact]
    public void Watches_of_nobody_end_when_users_begin_to_count()
    {
        Run(new InternalRaftRequest { AuthDisable = new AuthDisableRequest() });
        Create("a", "b", "", id: 1);
        Put("aa");
        Run(new InternalRaftRequest { AuthEnable = new AuthEnableRequest() });
        Put("aa");
        Read(out List<WatchResponse> responses);
        Assert.Single(responses.SelectMany(Events));
        Assert.Equal((true, Nobody), (responses[^1].Canceled, responses[^1].CancelReason));
    }

    private static ByteString Bytes(string text) => ByteString.CopyFrom(text, Encoding.UTF8);

    private static IEnumerable<(string, long)> Events(WatchResponse response) =>
        response.Events.Select(one => (one.Kv.Key.ToStringUtf8(), response.WatchId));

    private AuthIdentity As(string user) => user.Length == 0 || !node.Node.Auth.IsEnabled
        ? AuthIdentity.None
        : new AuthIdentity(user, node.Node.Auth.Revision);

    private void Run(InternalRaftRequest request) => Assert.Null(node.Run(request, As("root")).Error);

    private void Put(string key) => Run(new InternalRaftRequest { Put = new PutRequest { Key = Bytes(key) } });

    private void Permit(string key, string end) => Run(new InternalRaftRequest
    {
        AuthRoleGrantPermission = new AuthRoleGrantPermissionRequest
        {
            Name = "reader",
            Perm = new Permission { Key = Bytes(key), RangeEnd = Bytes(end), PermType = Permission.Types.Type.Read },
        },
    });

    private void Create(string key, string end, string user, long id)
    {
        WatchCreateRequest watch = new() { Key = Bytes(key), RangeEnd = Bytes(end), WatchId = id };
        stream.Request(new WatchRequest { CreateRequest = watch }, new WatchCaller(As(user)));
        Read(out List<WatchResponse> responses);
        Assert.True(responses[^1] is { Created: true, Canceled: false }, responses[^1].ToString());
    }

    private string? Refusal(string key, string end, string user)
    {
        TestStream other = new(node.Node.Watches);
        WatchCreateRequest watch = new() { Key = Bytes(key), RangeEnd = Bytes(end) };
        other.Request(new WatchRequest { CreateRequest = watch }, new WatchCaller(As(user)));
        node.RunFor(300);
        WatchResponse created = Assert.Single(other.Read());
        Assert.True(created.Created);
        Assert.Equal(created.Canceled, created.CancelReason.Length > 0);
        return created.Canceled ? created.CancelReason : null;
    }

    private string? EndOf(long id)
    {
        Read(out List<WatchResponse> responses);
        return responses.SingleOrDefault(response => response.WatchId == id && response.Canceled)?.CancelReason;
    }

    private void Read(out List<WatchResponse> responses)
    {
        node.RunFor(300);
        responses = stream.Read();
    }
}
