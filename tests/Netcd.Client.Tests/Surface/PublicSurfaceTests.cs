using System.Reflection;
using Netcd.Client;

namespace Netcd.ClientTests.Surface;

/// <summary>What users see changes only on purpose.</summary>
public sealed class PublicSurfaceTests
{
    private const string Rewrite = "NETCD_REWRITE_DOCS";

    private static readonly Assembly Client = typeof(EtcdClient).Assembly;

    [Fact]
    public void The_public_surface_is_the_approved_one()
    {
        string path = Repository.At("tests", "Netcd.Client.Tests", "Surface", "Netcd.Client.txt");
        string surface = PublicSurface.Of(Client);
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
        {
            File.WriteAllText(path, surface);
        }

        Assert.True(
            surface == File.ReadAllText(path), $"the public surface has changed: approve it with {Rewrite}=1, and look at the difference");
    }

    [Fact]
    public void No_type_of_a_package_but_the_logger_factory_is_in_it()
    {
        string[] strangers = [.. PublicSurface.TypesNamedBy(Client)
            .Where(static type => !type.IsGenericParameter && type.Assembly != Client)
            .Where(static type => !type.Assembly.GetName().Name!.StartsWith("System.", StringComparison.Ordinal))
            .Select(static type => type.FullName!).Order()];
        Assert.Equal(["Microsoft.Extensions.Logging.ILoggerFactory"], strangers);
    }

    [Fact]
    public void Asynchronous_methods_take_a_cancellation_token_last_and_can_do_without()
    {
        MethodInfo[] methods = [.. Client.GetExportedTypes().Where(static type => type.IsInterface)
            .SelectMany(static type => type.GetMethods())
            .Where(static method => method.Name.EndsWith("Async", StringComparison.Ordinal) && method.Name != "DisposeAsync")];
        Assert.True(methods.Length > 40, $"only {methods.Length} were found");
        Assert.All(methods, static method => Assert.True(
            method.GetParameters() is [.., { HasDefaultValue: true } last] && last.ParameterType == typeof(CancellationToken),
            $"{method.DeclaringType}.{method.Name}"));
    }
}
