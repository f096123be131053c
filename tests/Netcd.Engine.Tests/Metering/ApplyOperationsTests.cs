using System.Reflection;
using Netcd.Engine.Metering;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Metering;

/// <summary>Each kind of entry is measured under its own name.</summary>
public sealed class ApplyOperationsTests
{
    /// <summary>Fields of an entry that are no request, or one that no entry is made of any more.</summary>
    private static readonly string[] Others =
    [
        "Header", "V2", "Range", "AuthStatus", "AuthUserGet", "AuthUserList", "AuthRoleGet", "AuthRoleList",
    ];

    [Fact]
    public void Every_kind_of_request_has_the_name_of_its_field()
    {
        foreach (PropertyInfo field in typeof(InternalRaftRequest).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(static field => field.PropertyType.IsClass && field.CanWrite && !Others.Contains(field.Name)))
        {
            InternalRaftRequest request = new();
            field.SetValue(request, Activator.CreateInstance(field.PropertyType));
            Assert.Equal(field.Name, ApplyOperations.Names[ApplyOperations.Of(request)]);
        }

        Assert.Equal("unknown", ApplyOperations.Names[ApplyOperations.Of(new InternalRaftRequest())]);
    }
}
