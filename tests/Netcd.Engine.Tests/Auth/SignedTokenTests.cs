using Netcd.Engine.Auth;
using Netcd.Engine.Tests.Node;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Auth;

/// <summary>What a signed token says of its user is worth nothing once the user is gone or has another password.</summary>
public sealed class SignedTokenTests
{
    [Fact]
    public void A_token_of_before_a_change_of_the_password_is_outdated_and_one_of_before_another_change_is_not()
    {
        using SteppedNode node = Start(new SimulatedDisk());
        AuthIdentity anne = new("anne", node.Node.Auth.Revision);
        node.Run(new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = "other" } });
        Assert.False(node.Node.Auth.IsOutdated(anne));
        node.Run(new InternalRaftRequest
        {
            AuthUserChangePassword = new AuthUserChangePasswordRequest { Name = "anne", HashedPassword = "b3RoZXI=" },
        });
        Assert.True(node.Node.Auth.IsOutdated(anne));
        Assert.False(node.Node.Auth.IsOutdated(anne with { Revision = node.Node.Auth.Revision }));
    }

    [Fact]
    public void A_token_of_a_user_that_is_gone_is_outdated_also_for_one_that_comes_under_the_same_name()
    {
        using SteppedNode node = Start(new SimulatedDisk());
        AuthIdentity anne = new("anne", node.Node.Auth.Revision);
        node.Run(new InternalRaftRequest { AuthUserDelete = new AuthUserDeleteRequest { Name = "anne" } });
        Assert.True(node.Node.Auth.IsOutdated(anne));
        Add(node);
        Assert.True(node.Node.Auth.IsOutdated(anne));
    }

    [Fact]
    public void After_a_start_a_token_of_an_older_revision_is_outdated_as_nobody_knows_when_the_password_was_set()
    {
        SimulatedDisk disk = new();
        AuthIdentity former;
        using (SteppedNode node = Start(disk))
        {
            former = new("anne", node.Node.Auth.Revision);
            node.Run(new InternalRaftRequest { AuthRoleAdd = new AuthRoleAddRequest { Name = "other" } });
            node.RunFor(2_000);
        }

        using SteppedNode again = new(disk, seed: 2);
        again.Read(new RangeRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("a") });
        Assert.True(again.Node.Auth.IsOutdated(former));
        Assert.False(again.Node.Auth.IsOutdated(former with { Revision = again.Node.Auth.Revision }));
    }

    private static SteppedNode Start(SimulatedDisk disk)
    {
        SteppedNode node = new(disk, seed: 1);
        Add(node);
        return node;
    }

    private static void Add(SteppedNode node) => Assert.Null(node.Run(new InternalRaftRequest
    {
        AuthUserAdd = new AuthUserAddRequest { Name = "anne", HashedPassword = "aGFzaA==" },
    }).Error);
}
